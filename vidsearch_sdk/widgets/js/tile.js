// One tile: the picture that plays, what is known of the shot, and what can be done with it.

const TILE_ACTIONS = [
  { do: "up", icon: "up", label: "Thumb up", key: "Plus", pressed: true },
  { do: "down", icon: "down", label: "Thumb down", key: "-", pressed: true },
  { do: "more", icon: "more", label: "More like this", key: "M", again: true },
  { do: "unlike", icon: "unlike", label: "Not like this", key: "N", again: true },
  { do: "follows", icon: "follows", label: "What follows", key: "F", again: true },
  { do: "details", icon: "details", label: "Details", key: "I", pressed: true },
];
const TILE_LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$/;

/** What a picked shot is found by: the same for a shot in whatever answer it stands. */
function tileKey(tile) {
  return tile.key ?? tile.shot_id;
}

/**
 * Lay a tile out.
 * @param {Object} tile As the kernel tells it.
 * @param {Object} more `image`: address or null; `parts`: addresses of a span; `again`: whether searches can start here.
 */
function makeTile(tile, { image, parts = [], again = true, total }) {
  const span = (tile.parts ?? []).length > 1;
  const play = el("button", {
    type: "button", class: "vs-play", "data-do": "play", "aria-label": tile.label, "aria-keyshortcuts": "Enter",
    "aria-expanded": "false", tabindex: "-1",
  });
  play.append(span ? tileStrip(tile, parts) : makePicture(image, "", tile.image_error));
  const pick = el("button", {
    type: "button", class: "vs-pick", "data-do": "pick", "aria-pressed": "false", "aria-label": "Pick", "aria-keyshortcuts": "X",
    title: "Pick (X)", tabindex: "-1",
  }, drawIcon("add"), el("span", { class: "vs-order" }));
  const actions = TILE_ACTIONS.filter((one) => again || !one.again).map((one) =>
    elIconButton(one.icon, one.label, {
      tip: `${one.label} (${elKeyWords(one.key)})`, "data-do": one.do, "aria-keyshortcuts": one.key, "aria-pressed": one.pressed ? "false" : null,
      tabindex: "-1",
    }),
  );
  const picture = el("div", { class: span ? "vs-picture vs-span" : "vs-picture" }, play);
  if (!span) picture.append(tileTime(tile, "vs-at"));
  picture.append(
    el("span", { class: "vs-time vs-length" }, tile.length),
    el("div", { class: "vs-acts", role: "group", "aria-label": `Shot ${tile.number}` }, pick, ...actions),
  );
  const node = el("li", {
    class: tile.folded ? "vs-tile vs-stack" : "vs-tile", "data-at": tile.at, "aria-posinset": tile.at + 1, "aria-setsize": total,
  }, picture, tileCaption(tile), ...tileLines(tile), tileFoot(tile));
  const made = { tile, node, play, picture, image, addresses: [image, ...parts] };
  tileShowThumb(made, tile.thumb);
  return made;
}

/** Show or hide the number at which a tile was picked; 0 where it was not. */
function tileShowPick(made, order) {
  const pick = made.node.querySelector(".vs-pick");
  made.node.classList.toggle("vs-picked", order > 0);
  pick.setAttribute("aria-pressed", String(order > 0));
  pick.setAttribute("aria-label", order > 0 ? `Picked as number ${order}` : "Pick");
  pick.querySelector(".vs-order").textContent = order > 0 ? String(order) : "";
}

/** Show whether a tile, or a pick, is the one that plays. */
function tileShowPlaying(node, on) {
  node.classList.toggle("vs-playing", on);
  node.querySelector(".vs-play").setAttribute("aria-expanded", String(on));
}

/** Show which thumb was given: 1, -1 or 0. */
function tileShowThumb(made, value) {
  made.tile.thumb = value;
  made.node.querySelector('[data-do="up"]').setAttribute("aria-pressed", String(value === 1));
  made.node.querySelector('[data-do="down"]').setAttribute("aria-pressed", String(value === -1));
  made.node.classList.toggle("vs-bad", value === -1);
}

/** Show or hide what is known of the shot, over its picture. */
function tileShowDetails(made, shown) {
  made.node.querySelector(".vs-more")?.remove();
  made.node.classList.toggle("vs-told", shown);
  made.node.querySelector('[data-do="details"]').setAttribute("aria-pressed", String(shown));
  if (shown) made.picture.append(tileDetails(made.tile));
}

/** List what is known of a shot. */
function tileDetails(tile) {
  const rows = (tile.details ?? []).flatMap(([name, value]) => [el("dt", {}, String(name)), el("dd", { title: value }, String(value))]);
  return el("dl", { class: "vs-more" }, ...rows);
}

function tileTime(tile, kind) {
  // The film's own clock where it has one: it is what an editing program shows.
  const tip = tile.timecode ? `source timecode; ${tile.position} into the film` : "into the film";
  return el("span", { class: `vs-time ${kind}`, title: tip }, tile.timecode || tile.position);
}

function tileStrip(tile, addresses) {
  const cells = tile.parts.map((part, number) =>
    el("span", { class: "vs-part" },
      makePicture(addresses[number], part.label, part.image_error), el("span", { class: "vs-time vs-at" }, part.position)),
  );
  if (tile.parts_left) cells.push(el("span", { class: "vs-part" }, el("span", { class: "vs-missing" }, `+ ${tile.parts_left} more`)));
  const columns = [2, 4].includes(cells.length) ? 2 : 3;
  return el("span", { class: `vs-strip vs-by-${columns}` }, ...cells);
}

function tileCaption(tile) {
  const name = [el("span", { class: "vs-rank" }, String(tile.rank)), el("span", { class: "vs-name", title: tile.title }, tile.title)];
  // What was not found by a score, as the shots of a film in order, has none to show.
  if (tile.score === null || tile.score === undefined) return el("div", { class: "vs-caption" }, ...name);
  const share = Math.min(Math.max(tile.score ?? 0, 0), 1) * 100;
  const said = share * (tile.heard ?? 0);
  const bar = el("span", { class: "vs-bar", "aria-hidden": "true" });
  for (const [width, kind] of [[share - said, null], [said, "vs-heard"]]) {
    if (width < 0.5) continue;
    const filled = el("span", { class: kind });
    filled.style.width = `${Math.round(width)}%`;
    bar.append(filled);
  }
  const label = tile.why ? `score ${tile.score_text}: ${tile.why}` : `score ${tile.score_text}`;
  return el(
    "div",
    { class: "vs-caption" },
    ...name,
    bar,
    el("span", { class: "vs-score", role: "img", "aria-label": label, title: tile.why || null }, tile.score_text),
  );
}

function tileLines(tile) {
  return (tile.lines ?? []).map((line) =>
    el(
      "p",
      { class: "vs-line", title: line.text },
      line.position ? el("span", { class: "vs-said" }, line.position) : null,
      line.position ? " " : null,
      el("span", { dir: "auto", lang: TILE_LANGUAGE.test(line.language ?? "") ? line.language : null }, line.text),
    ),
  );
}

function tileFoot(tile) {
  if (!tile.reasons && !tile.folded) return null;
  const folded = tile.folded
    ? el("button", {
        type: "button", class: "vs-folded", "data-do": "folded", "aria-expanded": "false", "aria-keyshortcuts": "D",
        title: "Show them here (D)", tabindex: "-1",
      }, tile.folded_label)
    : null;
  return el("p", { class: "vs-why" }, tile.reasons ? el("span", {}, tile.reasons) : null, folded);
}
