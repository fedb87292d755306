// Says what happens: to the eye in a quiet line, to a screen reader in a live region, and errors in words that stay.

/**
 * Make the place where the desk speaks.
 * @param {function} homes Gives elements that the focus may go to when what had it goes away, the best first.
 */
function makeStatus(homes) {
  const spoken = el("div", { class: "vs-unseen", role: "status", "aria-live": "polite" });
  const text = el("span");
  const bar = el("progress", { "aria-label": "How far it is" });
  const stop = elButton("Cancel");
  const busy = el("div", { class: "vs-busy", "aria-live": "polite", hidden: true },
    el("span", { class: "vs-turning", "aria-hidden": "true" }), text, bar, stop);
  const errors = el("div", { class: "vs-errors" });
  const node = el("div", { class: "vs-status" }, busy, errors, spoken);
  const works = new Map(); // owner -> { words, cancel, share, from }; the last one is shown
  const came = new WeakMap(); // error's box -> what had the focus when it came
  let turn = 0;

  function focused() {
    const active = document.activeElement;
    return node.closest(".vs-desk")?.contains(active) && !node.contains(active) ? active : null;
  }

  function drop(box) {
    elLeave(box, came.get(box), ...homes());
    box.remove();
  }

  function showLast(gone) {
    const last = [...works.values()].at(-1);
    if (!last) {
      elLeave(busy, gone?.from, ...homes());
      busy.hidden = true;
      text.textContent = "";
      return;
    }
    if (!last.cancel) elLeave(stop, last.from, ...homes());
    stop.hidden = !last.cancel;
    bar.hidden = last.share === null;
    bar.value = last.share ?? 0;
    text.textContent = last.words;
    busy.hidden = false;
  }

  stop.addEventListener("click", () => [...works.values()].at(-1)?.cancel?.());
  return {
    node,
    /** Tell a screen reader; the same words twice are said twice. */
    say(words) {
      turn += 1;
      spoken.textContent = words + (turn % 2 ? "" : "\u00a0");
    },
    /**
     * Show that something of an owner is under way, how far (0 to 1), and what cancels it; without words it is over.
     * Of several owners the last one that began is shown, and those before it again when it is over.
     */
    busy(owner, words = "", cancel = null, share = null) {
      const before = works.get(owner);
      if (!words && !before) return;
      if (words) works.set(owner, { words, cancel, share, from: before?.from ?? focused() });
      else works.delete(owner);
      showLast(before);
    },
    /** Show an error until it is dismissed; the same one is shown once. */
    fail(error) {
      // Silence is said once for all that waits, above the desk.
      if (isCancelled(error) || error?.fields?.silence) return;
      const words = error instanceof MessageError ? error.message : `The page made a mistake: ${error?.message ?? error}`;
      if (!(error instanceof MessageError)) console.error(error);
      for (const shown of [...errors.children]) if (shown.dataset.words === words) drop(shown);
      const close = elIconButton("close", "Dismiss");
      const box = el("div", { class: "vs-error", role: "alert", "data-words": words }, el("p", {}, words), close);
      came.set(box, focused());
      close.addEventListener("click", () => drop(box));
      errors.append(box);
      while (errors.children.length > 3) drop(errors.firstElementChild);
    },
    /** Take the last error away; false where there is none. */
    dismiss() {
      const box = errors.lastElementChild;
      if (box) drop(box);
      return Boolean(box);
    },
  };
}
