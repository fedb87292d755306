// Chips: what was made of the words, and the filters that are set; each can be taken away by mouse or by key.

/**
 * Make a row of chips.
 * @param {string} label What a screen reader calls the row.
 * @param {Function} away Where the focus goes when the last chip is gone.
 */
function makeChips(label, away) {
  const list = el("ul", { class: "vx-chips", role: "list", "aria-label": label });
  let shown = [];
  let current = 0;

  const closes = () => [...list.querySelectorAll(".vx-chip-close")];

  function focus(at) {
    const buttons = closes();
    if (!buttons.length) return away();
    current = Math.max(0, Math.min(buttons.length - 1, at));
    for (const [number, button] of buttons.entries()) button.tabIndex = number === current ? 0 : -1;
    return buttons[current].focus();
  }

  function remove(at) {
    const chip = shown[at];
    const item = list.children[at];
    if (!chip || item.classList.contains("vx-going")) return;
    item.classList.add("vx-going");
    chip.remove();
  }

  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const at = closes().indexOf(event.target);
    if (at < 0) return;
    const goal = { ArrowLeft: at - 1, ArrowUp: at - 1, ArrowRight: at + 1, ArrowDown: at + 1, Home: 0, End: shown.length - 1 }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") remove(at);
    else if (goal === undefined) return;
    else focus(goal);
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const at = closes().indexOf(event.target.closest(".vx-chip-close"));
    if (at >= 0) remove(at);
  });
  list.addEventListener("focusin", (event) => {
    const at = closes().indexOf(event.target);
    if (at < 0) return;
    for (const [number, button] of closes().entries()) button.tabIndex = number === at ? 0 : -1;
    current = at;
  });

  return {
    node: list,
    /**
     * Show other chips; the focus stays at its place in the row.
     * @param {Object[]} chips Each with `parts` (nodes and texts), `label` (what taking it away does), `tip`, `kind` and
     *   `remove()`.
     */
    show(chips) {
      const focused = list.contains(document.activeElement);
      shown = chips;
      list.hidden = !chips.length;
      list.replaceChildren(...chips.map((chip, at) => chipItem(chip, at === Math.min(current, chips.length - 1))));
      if (focused) focus(current);
    },
  };
}

function chipItem({ parts, label, tip = null, kind = "" }, inTabOrder) {
  const close = el("button", {
    type: "button", class: "vx-chip-close", "aria-label": label, title: label, "aria-keyshortcuts": "Delete", tabindex: inTabOrder ? "0" : "-1",
  }, drawIcon("close"));
  return el("li", { class: `vx-chip ${kind}` }, el("span", { class: "vx-chip-words", title: tip, dir: "auto" }, ...parts), close);
}

/** The chips of a view: words put right, words widened, words that were left alone. */
function chipsOfWords(view, change) {
  const { as_typed: asTyped = [], alone = [] } = view.explorer ?? {};
  const corrected = (view.corrections ?? []).map(([typed, read]) => ({
    parts: [el("del", {}, typed), " → ", el("b", {}, read)], label: `Search for “${typed}” as typed`,
    remove: () => change({ as_typed: { [typed]: true } }),
  }));
  const widened = (view.expansions ?? []).map(([word, others]) => ({
    parts: [el("b", {}, word), ` + ${others.join(", ")}`], label: `Search for “${word}” alone`, tip: `also searched: ${others.join(", ")}`,
    remove: () => change({ alone: { [word]: true } }),
  }));
  const kept = asTyped.map((word) => ({
    parts: [el("b", {}, word), " as typed"], label: `Let “${word}” be put right`, kind: "vx-kept", remove: () => change({ as_typed: { [word]: false } }),
  }));
  const single = alone.map((word) => ({
    parts: [el("b", {}, word), " alone"], label: `Search for synonyms of “${word}” again`, kind: "vx-kept", remove: () => change({ alone: { [word]: false } }),
  }));
  return [...corrected, ...widened, ...kept, ...single, ...chipsOfThumbs(view, change)];
}

/** The chip of what was said of shots in this visit, where it was searched with, or was refused. */
function chipsOfThumbs(view, change) {
  const { learn = true } = view.explorer ?? {};
  if (!learn) return [{ parts: ["without your thumbs"], label: "Search with your thumbs and picks", kind: "vx-kept", remove: () => change({ learn: true }) }];
  if (!view.learned) return [];
  return [{ parts: [el("b", {}, "your thumbs"), ` ${view.learned}`], label: "Search without your thumbs and picks", remove: () => change({ learn: false }) }];
}

/** The chips of filters that are set. */
function chipsOfFilters(filters, change) {
  return filters.map((filter) => ({
    parts: [el("span", { class: "vx-chip-column" }, filter.label), " ", el("b", {}, filter.words)], label: `Remove the filter ${filter.label}: ${filter.words}`,
    tip: filter.column === filter.label ? null : `column ${filter.column}`, kind: "vx-filter", remove: () => change({ where: { [filter.column]: null } }),
  }));
}
