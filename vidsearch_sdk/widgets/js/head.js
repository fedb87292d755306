// What stands above the tiles: how many for which query, how fast, what was made of the query, and the way here.

/** Make the head of a desk. */
function makeHead(desk) {
  const trail = el("nav", { class: "vs-trail", "aria-label": "Way here", hidden: true });
  const counted = el("div", { class: "vs-told-head" });
  const chips = el("div", { class: "vs-chips" });
  const notes = el("div", { class: "vs-notes" });
  const again = elButton("Search again", { class: "vs-button vs-again", "aria-keyshortcuts": "A", hidden: true });
  /** Offer to search again with what was said of the answer; without words there is nothing new. */
  const offer = (words) => {
    if (!words && document.activeElement === again) elLeave(again, ...desk.homes());
    again.hidden = !words;
    again.textContent = `${words || "Search again"} (A)`;
  };
  const search = () => {
    if (!again.hidden) desk.work("Searching again …", "again");
  };
  again.addEventListener("click", search);
  desk.keys.a = { words: "search again with your thumbs", does: search };
  desk.on("again", ({ set, words }) => desk.view?.set === set && offer(words));
  return {
    node: el("div", { class: "vs-heading" }, trail, counted, chips, notes, again),
    show(view) {
      trail.hidden = !view.back && !view.forward;
      trail.replaceChildren(...(trail.hidden ? [] : headTrail(desk, view)));
      counted.replaceChildren(headCounted(view));
      chips.replaceChildren(...(desk.chips ?? headChips)(view));
      notes.replaceChildren(...(view.notes ?? []).map((note) => el("p", { class: "vs-note" }, note)));
      offer(view.again);
      if (view.empty) notes.append(el("p", { class: "vs-empty" }, view.empty));
    },
  };
}

function headCounted(view) {
  const parts = [view.counted];
  if (view.query) parts.push(" for ", el("span", { class: "vs-query" }, view.query));
  if (!view.took) return el("p", { class: "vs-head" }, ...parts);
  if (!view.stages) return el("p", { class: "vs-head" }, ...parts, el("span", { class: "vs-quiet" }, ` · ${view.took}`));
  const timing = el("details", { class: "vs-quiet vs-timing" }, el("summary", {}, view.took), el("span", {}, ` ${view.stages}`));
  return el("div", { class: "vs-head" }, ...parts, " ", timing);
}

/** Say what was corrected and what was searched as well; the explorer puts chips that can be taken away instead. */
function headChips(view) {
  const chip = (...texts) => el("span", { class: "vs-change" }, ...texts);
  const corrected = (view.corrections ?? []).map(([typed, read]) => chip(el("del", {}, typed), " → ", el("b", {}, read)));
  const expanded = (view.expansions ?? []).map(([word, others]) => chip(el("b", {}, word), ` + ${others.join(", ")}`));
  const shown = [...corrected, ...expanded].flatMap((chip) => [chip, " "]);
  return shown.length ? [el("p", { class: "vs-note vs-changes" }, ...shown)] : [];
}

function headTrail(desk, view) {
  const way = (name, icon, label, key) => {
    const button = elIconButton(icon, label, { tip: key ? `${label} (${key})` : label, "aria-keyshortcuts": key, disabled: !view[name] });
    button.addEventListener("click", () => desk.go(name));
    return button;
  };
  const steps = view.trail ?? [];
  // The beginning and the last few: a long visit does not push the tiles away.
  const shown = steps.length > 4 ? [steps[0], "…", ...steps.slice(-2)] : steps;
  const here = shown.length - 1;
  const items = shown.map((label, number) => el("li", { "aria-current": number === here ? "true" : null, title: label }, label));
  return [way("back", "back", "Back", "B"), way("forward", "forward", "Forward"), el("ol", { class: "vs-steps", role: "list" }, ...items)];
}
