// Hovering runs through a shot's keyframes: the mouse's place over the picture is the place in the shot.

const KEYFRAMES_WAIT = 60; // ms that the mouse stays before they are fetched
const KEYFRAMES_KEPT = 60; // shots whose keyframes are held

/** Make what scrubs, for one desk. */
function makeKeyframes(desk) {
  const kept = new Map(); // "set/at" -> { times, addresses } or a promise of it
  const over = el("img", { class: "vs-scrub", alt: "", draggable: "false", "aria-hidden": "true" });
  const line = el("span", { class: "vs-scrub-line", "aria-hidden": "true" });
  let shown = null;
  let share = 0;
  let clock = null;
  let calm = Promise.resolve(); // when what matters more is done

  function fetchKeyframes(grid, one) {
    const name = `${grid.set}/${one.tile.at}`;
    let held = kept.get(name);
    if (!held) {
      held = desk.ask("keyframes", { set: grid.set, at: one.tile.at }).then(
        ({ times, buffers }) => ({ times, addresses: buffers.map((buffer) => desk.pictures.take(buffer)) }),
        // A shot without them simply does not move; what is missing is said when it is played.
        () => ({ times: [], addresses: [] }),
      );
    }
    kept.delete(name);
    kept.set(name, held);
    if (kept.size > KEYFRAMES_KEPT) {
      const [oldest, gone] = kept.entries().next().value;
      kept.delete(oldest);
      gone.then(({ addresses }) => desk.pictures.release(...addresses));
    }
    return held;
  }

  function draw(one, { times, addresses }) {
    if (shown !== one || addresses.length < 2) return;
    const number = Math.max(0, Math.min(addresses.length - 1, Math.floor(share * addresses.length)));
    if (over.getAttribute("src") !== addresses[number]) over.src = addresses[number];
    if (!over.isConnected || over.parentElement !== one.play) one.play.append(over, line);
    line.style.width = `${((number + 1) / addresses.length) * 100}%`;
    const label = one.picture.querySelector(":scope > .vs-at");
    if (label) label.textContent = keyframesTime(one.tile, times[number]);
  }

  function leave() {
    clearTimeout(clock);
    if (!shown) return;
    const label = shown.picture.querySelector(":scope > .vs-at");
    if (label) label.textContent = shown.tile.timecode || shown.tile.position;
    over.remove();
    over.removeAttribute("src");
    line.remove();
    shown = null;
  }

  return {
    /** Show the keyframe at a share (0 to 1) of the tile's width. */
    scrub(grid, one, at) {
      share = at;
      if (shown !== one) {
        leave();
        shown = one;
        if (one.tile.keyframes === 0 || one.tile.keyframes === 1) return;
        const known = kept.get(`${grid.set}/${one.tile.at}`);
        clock = setTimeout(async () => {
          if (!known) await calm;
          if (shown === one) draw(one, await fetchKeyframes(grid, one));
        }, known ? 0 : KEYFRAMES_WAIT);
        return;
      }
      kept.get(`${grid.set}/${one.tile.at}`)?.then((held) => draw(one, held));
    },
    leave,
    /** Fetch none before a promise is kept: what is to play comes first. */
    after(kept) {
      leave();
      calm = kept;
    },
    clear() {
      leave();
      for (const held of kept.values()) held.then(({ addresses }) => desk.pictures.release(...addresses));
      kept.clear();
    },
  };
}

function keyframesTime(tile, seconds) {
  if (tile.timecode && tile.rate) return timecodeAfter(tile.timecode, Math.round((seconds * tile.rate[0]) / tile.rate[1]), tile.rate);
  const start = readSeconds(tile.position);
  return Number.isNaN(start) ? tile.position : writeSeconds(start + seconds);
}
