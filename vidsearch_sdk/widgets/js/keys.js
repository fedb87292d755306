// Keys of the whole desk, and the list of all keys. What is pressed in here never reaches the notebook.

// Keys of one entry are parted by spaces.
const KEYS_LISTED = [
  ["In the grid", [
    ["← → ↑ ↓", "go to a shot"], ["Home End", "first, last"], ["PgUp PgDn", "a page"], ["Enter", "play"], ["X", "pick, or put back"],
    ["+ -", "thumb up, down"], ["G", "judge one by one: a thumb goes on to the next shot"], ["M", "more like this"], ["N", "not like this"], ["F", "what follows"], ["D", "open what is folded"],
    ["I", "details"],
  ]],
  ["While it plays", [
    ["Space", "stop, go on"], ["K", "stop"], ["L", "play; again: faster"], ["J", "backwards; again: faster"], ["← →", "one frame"],
    ["Home End", "first, last frame"], ["S", "sound"], ["PgUp PgDn", "the shot before, the next"],
  ]],
  ["In the tray", [["Shift+← Shift+→", "move"], ["Delete", "remove"], ["Enter", "play"]]],
  ["Everywhere", [["B", "back"], ["E", "hand over"], ["Esc", "close what is open"], ["?", "these keys"]]],
];

/** Make the list of keys; it opens below the desk. */
function makeKeysHelp(desk) {
  const close = elIconButton("close", "Close the keys");
  const node = el("section", { class: "vs-keys", role: "dialog", "aria-label": "Keys", tabindex: "-1", hidden: true });
  let from = null;
  const help = {
    node,
    toggle() {
      if (!node.hidden) return help.close(true);
      const further = [...Object.entries(desk.keys).map(([key, { words }]) => [key.toUpperCase(), words]), ...desk.help];
      const groups = KEYS_LISTED.map(([title, keys], number) => [title, number === KEYS_LISTED.length - 1 ? [...further, ...keys] : keys]);
      const keycaps = (key) => el("dt", {}, ...key.split(" ").map((one) => el("kbd", {}, one)));
      const list = (keys) => el("dl", {}, ...keys.flatMap(([key, does]) => [keycaps(key), el("dd", {}, does)]));
      node.replaceChildren(close, ...groups.map(([title, keys]) => el("div", {}, el("h4", {}, title), list(keys))));
      from = document.activeElement;
      node.hidden = false;
      desk.opened(help);
      node.focus();
      node.scrollIntoView({ block: "nearest" });
    },
    close(back = false) {
      if (back && from?.isConnected) from.focus();
      elLeave(node, ...desk.homes());
      node.hidden = true;
      desk.closed(help);
    },
  };
  close.addEventListener("click", () => help.close(true));
  return help;
}

/** Hear the keys of a desk that nothing within it took. */
function listenToKeys(desk, help) {
  const does = {
    "?": () => help.toggle(),
    b: () => desk.view?.back && desk.go("back"),
    e: () => desk.tray.handOver(),
    g() {
      desk.judging = !desk.judging;
      desk.root.classList.toggle("vs-judging", desk.judging);
      desk.status.say(desk.judging ? "Judging: a thumb goes on to the next shot" : "No longer judging");
    },
  };
  desk.root.addEventListener("keydown", (event) => {
    const plain = !(event.ctrlKey || event.altKey || event.metaKey);
    if (plain && !event.defaultPrevented) {
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const act = elTakesText(event.target) ? null : (desk.keys[key]?.does ?? does[key]);
      if (act || (key === "Escape" && desk.escape())) {
        act?.();
        event.preventDefault();
      }
    }
    if (plain) event.stopPropagation();
  });
  // Notebook 7 hears keys before we do, and its shortcuts ask for the focused element alone: the mark on the desk
  // is not enough, each element that has the focus must carry it.
  desk.root.addEventListener("focusin", ({ target }) => target.setAttribute("data-lm-suppress-shortcuts", "true"));
  // Notebooks listen to these as well.
  for (const kind of ["keyup", "keypress"]) {
    desk.root.addEventListener(kind, (event) => {
      if (!(event.ctrlKey || event.altKey || event.metaKey)) event.stopPropagation();
    });
  }
}
