// Says what happens: to the eye in a quiet line, to a screen reader in a live region, and errors in words that stay.

/** Make the place where the desk speaks. */
function makeStatus() {
  const spoken = el("div", { class: "vs-unseen", role: "status", "aria-live": "polite" });
  const busy = el("div", { class: "vs-busy", "aria-live": "polite", hidden: true });
  const errors = el("div", { class: "vs-errors" });
  const text = el("span");
  const bar = el("progress", { "aria-label": "How far it is" });
  let stops = null;
  let turn = 0;
  return {
    node: el("div", { class: "vs-status" }, busy, errors, spoken),
    /** Tell a screen reader; the same words twice are said twice. */
    say(words) {
      turn += 1;
      spoken.textContent = words + (turn % 2 ? "" : "\u00a0");
    },
    /** Show that something is under way, how far (0 to 1), and what cancels it; without words it is over. */
    busy(words = "", cancel = null, share = null) {
      busy.hidden = !words;
      if (busy.hidden) return busy.replaceChildren();
      if (busy.firstChild && stops === cancel) {
        bar.hidden = share === null;
        bar.value = share ?? 0;
        text.textContent = words;
        return undefined;
      }
      stops = cancel;
      bar.hidden = share === null;
      bar.value = share ?? 0;
      text.textContent = words;
      const stop = cancel && elButton("Cancel");
      stop?.addEventListener("click", () => cancel());
      return busy.replaceChildren(...[el("span", { class: "vs-turning", "aria-hidden": "true" }), text, bar, stop].filter(Boolean));
    },
    /** Show an error until it is dismissed; the same one is shown once. */
    fail(error) {
      // Silence is said once for all that waits, above the desk.
      if (isCancelled(error) || error?.fields?.silence) return;
      const words = error instanceof MessageError ? error.message : `The page made a mistake: ${error?.message ?? error}`;
      if (!(error instanceof MessageError)) console.error(error);
      for (const shown of errors.children) if (shown.dataset.words === words) shown.remove();
      const close = elIconButton("close", "Dismiss");
      const box = el("div", { class: "vs-error", role: "alert", "data-words": words }, el("p", {}, words), close);
      close.addEventListener("click", () => box.remove());
      errors.append(box);
      while (errors.children.length > 3) errors.firstChild.remove();
    },
    /** Take the last error away; false where there is none. */
    dismiss() {
      const box = errors.lastElementChild;
      box?.remove();
      return Boolean(box);
    },
    clear() {
      errors.replaceChildren();
    },
  };
}
