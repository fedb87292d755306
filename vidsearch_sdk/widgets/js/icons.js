// Small drawings for buttons, on a ground of 16 by 16, in the color of the text around them.

const ICONS = {
  add: "M8 3v10M3 8h10",
  check: "M3 8.5 6.5 12 13 4.5",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M5 7.2 7.8 2.4c1 0 1.7.8 1.5 1.8L8.8 6.6h3.4c.8 0 1.4.8 1.2 1.6l-1 4c-.1.6-.6 1-1.2 1H5zM2.2 7.2H5v6H2.2z",
  down: "M11 8.8 8.2 13.6c-1 0-1.7-.8-1.5-1.8l.5-2.4H3.8c-.8 0-1.4-.8-1.2-1.6l1-4c.1-.6.6-1 1.2-1H11zM13.800 8.800H11v-6h2.800z",
  more: "M2.500 2.500h7v5.500h-7zM6.500 10.500v3h7v-6h-2M10 5.200h1.500",
  unlike: "M2.500 2.500h7v5.500h-7zM6.500 10.500v3h7v-6h-2M13.800 2.200 2.200 13.800",
  follows: "M2 4h4v8H2zM8 8h5.500M11 5l3 3-3 3",
  details: "M8 7.200v4.300M8 4.400v.4M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0z",
  back: "M10 3 5 8l5 5",
  forward: "M6 3l5 5-5 5",
  play: "M5 3l8 5-8 5z",
  pause: "M5.500 3v10M10.500 3v10",
  reverse: "M11 3 3 8l8 5z",
  step_back: "M11.500 3.500 6 8l5.500 4.500zM4 3.500v9",
  step_on: "M4.500 3.500 10 8l-5.500 4.500zM12 3.500v9",
  sound: "M2.500 6v4H5l3.500 3V3L5 6zM11 6c.9 1.200.9 2.800 0 4M13 4.200c2 2.200 2 5.400 0 7.600",
  muted: "M2.500 6v4H5l3.500 3V3L5 6zM11 6.300l3.400 3.400M14.400 6.300 11 9.700",
  keys: "M1.500 4.500h13v7h-13zM4 7h.1M6.700 7h.1M9.300 7h.1M12 7h.1M5 9.300h6",
  grip: "M6 4h.1M10 4h.1M6 8h.1M10 8h.1M6 12h.1M10 12h.1",
};

/** Draw an icon; it says nothing by itself, its button does. */
function drawIcon(name) {
  const svg = document.createElementNS(SVG_SPACE, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "vs-icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const path = document.createElementNS(SVG_SPACE, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Draw another icon into a button. */
function changeIcon(button, name) {
  if (button.dataset.icon === name) return;
  button.dataset.icon = name;
  button.querySelector("svg")?.remove();
  button.prepend(drawIcon(name));
}
