// Makes elements. Every text goes in as text and never as markup: titles, lines and names come from films.

const SVG_SPACE = "http://www.w3.org/2000/svg";

/**
 * Make an element.
 * @param {string} name Tag.
 * @param {Object} attributes Set as they are; null, undefined and false leave one out, true sets it empty.
 * @param {...(Node|string|null)} children Nodes, and texts as texts.
 */
function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) throw new Error("a handler is never written as an attribute");
    node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make a button with an icon; its label is what a screen reader says and what the tip shows. */
function elIconButton(icon, label, { tip = label, ...attributes } = {}) {
  return el("button", { type: "button", class: "vs-icon-button", "aria-label": label, title: tip, ...attributes }, icon && drawIcon(icon));
}

/** Make a button with words. */
function elButton(words, attributes = {}) {
  return el("button", { type: "button", class: "vs-button", ...attributes }, words);
}

// Names of keys in `aria-keyshortcuts` that read otherwise in a tip.
const EL_KEYS = { ArrowLeft: "Left", ArrowRight: "Right", Plus: "+" };

/** Write a shortcut, as `aria-keyshortcuts` has it, the way it is read: "Alt+ArrowLeft" as "Alt+Left". */
function elKeyWords(shortcut) {
  return shortcut.split("+").map((key) => EL_KEYS[key] ?? key).join("+");
}

/**
 * Before a part goes away: a focus within it goes on to the first of the goals that takes it.
 * @param {Element} part What will be removed, hidden or disabled.
 * @param {...(Element|null|undefined)} goals Where it may go; what is hidden or disabled takes none.
 */
function elLeave(part, ...goals) {
  const within = () => part.contains(document.activeElement);
  if (!within()) return;
  for (const goal of goals) {
    if (!goal?.isConnected || part.contains(goal)) continue;
    goal.focus({ preventScroll: true });
    if (!within()) return;
  }
}

/** Whether keys typed at a place are text. */
function elTakesText(node) {
  if (node instanceof HTMLTextAreaElement || node instanceof HTMLSelectElement || node?.isContentEditable) return true;
  return node instanceof HTMLInputElement && !["button", "checkbox", "radio", "range", "submit"].includes(node.type);
}
