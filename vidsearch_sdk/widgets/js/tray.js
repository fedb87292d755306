// The tray: what was picked, in order. Moved by dragging or by Shift with the arrow keys, and handed over from here.

const TRAY_DRAG = 6; // pixels that make a press a drag
const TRAY_EMPTY = "Nothing picked yet: X picks a shot.";

/** Make the tray of a desk. */
function makeTray(desk) {
  const title = el("h3", { class: "vs-tray-title" }, "Tray");
  const told = el("span", { class: "vs-quiet" });
  const clear = elButton("Clear", { hidden: true });
  const question = el("span");
  const yes = elButton("Yes");
  const no = elButton("No");
  const sure = el("span", { class: "vs-sure", role: "group", "aria-label": "Clear the tray?", hidden: true }, question, yes, no);
  const list = el("ol", { class: "vs-picks", role: "list", "aria-label": "Picks, in order" });
  const hand = makeHandOver(desk);
  const node = el("section", { class: "vs-tray", "aria-label": "Tray" },
    el("div", { class: "vs-tray-head" }, title, told, el("div", { class: "vs-tray-tools" }, sure, clear, hand.opener)), list, hand.node);
  let tiles = [];
  let addresses = [];
  let pictures = new Map(); // by key; what was sent once is not sent again while it is in the tray
  let current = 0;
  let goal = null; // where the focus goes when the tray comes back changed
  let playing = null; // `key` of the pick that plays from here, and the `place` where it stands or stood last
  const asking = {
    node: sure,
    close(back = false) {
      clear.hidden = !tiles.length;
      if (back) (clear.hidden ? hand.opener : clear).focus();
      else elLeave(sure, clear, hand.opener);
      ask(false);
    },
  };

  function show(fresh, buffers = []) {
    const focused = list.contains(document.activeElement);
    const before = pictures;
    const grew = fresh.length - tiles.length;
    tiles = fresh;
    addresses = tiles.map((tile) => {
      const sent = buffers[tile.image ?? tile.parts?.[0]?.image];
      return sent ? desk.pictures.take(sent) : (before.get(tileKey(tile)) ?? null);
    });
    pictures = new Map(tiles.map((tile, place) => [tileKey(tile), addresses[place]]));
    list.replaceChildren(...tiles.map((tile, place) => trayItem(tile, place, tiles.length, addresses[place])));
    desk.pictures.release(...[...before.values()].filter((address) => !addresses.includes(address)));
    const seconds = tiles.reduce((sum, tile) => sum + (tile.duration_s ?? 0), 0);
    const counted = `${tiles.length} ${tiles.length === 1 ? "pick" : "picks"}`;
    told.textContent = tiles.length ? `${counted} · ${seconds.toFixed(1)} s` : TRAY_EMPTY;
    question.textContent = tiles.length === 1 ? "Clear this pick?" : `Clear all ${tiles.length} picks?`;
    if (!tiles.length) {
      for (const part of [sure, clear]) elLeave(part, hand.opener);
      ask(false);
    }
    clear.hidden = !tiles.length || !sure.hidden;
    node.classList.toggle("vs-bare", !tiles.length);
    if (playing && placeOf(playing.key) >= 0) playing.place = placeOf(playing.key);
    showPlaying();
    rove(Math.min(goal ?? current, Math.max(0, tiles.length - 1)));
    if (focused) (buttonAt(current) ?? hand.opener).focus({ preventScroll: true });
    goal = null;
    desk.showPicks();
    if (grew) desk.status.say(`${tiles.length} ${tiles.length === 1 ? "pick" : "picks"} in the tray`);
  }

  const buttonAt = (place) => list.children[place]?.querySelector(".vs-play");
  const placeOf = (key) => tiles.findIndex((tile) => tileKey(tile) === key);

  function showPlaying() {
    for (const [place, item] of [...list.children].entries()) tileShowPlaying(item, tileKey(tiles[place]) === playing?.key);
  }

  /** Ask whether to clear, or ask no longer. */
  function ask(on) {
    if (on === !sure.hidden) return;
    sure.hidden = !on;
    clear.hidden = on || !tiles.length;
    if (on) desk.opened(asking);
    else desk.closed(asking);
  }

  function rove(place) {
    for (const button of list.children[current]?.querySelectorAll("button") ?? []) button.tabIndex = -1;
    current = place;
    for (const button of list.children[current]?.querySelectorAll("button") ?? []) button.tabIndex = 0;
  }

  function move(from, to) {
    if (to < 0 || to >= tiles.length || to === from) return;
    goal = to;
    desk.ask("move", { from, to }).then(
      () => desk.status.say(`Moved to place ${to + 1}`),
      desk.status.fail,
    );
  }

  function remove(place) {
    goal = Math.min(place, tiles.length - 2);
    desk.ask("unpick", { place }).catch(desk.status.fail);
  }

  function play(place) {
    const tile = tiles[place];
    if (!tile) return;
    const key = tileKey(tile);
    // Picks move, come and go while one plays.
    const mine = { key, place };
    desk.play({ where: { set: "tray", at: place, key }, tile, image: addresses[place] ?? null }, {
      after: list,
      home: () => (buttonAt(Math.min(mine.place, tiles.length - 1)) ?? hand.opener).focus(),
      act: (name) => act(name, key),
      neighbor(way) {
        // Where it was taken out, the next one stands in its place.
        const next = mine.place + (way > 0 && placeOf(key) < 0 ? 0 : way);
        if (tiles[next]) play(next);
      },
      shown(on) {
        playing = on ? mine : null;
        showPlaying();
      },
    });
  }

  /** Do what a key of a tile says with a pick. */
  function act(name, key) {
    const place = placeOf(key);
    const tile = tiles[place];
    if (!tile) return desk.status.say("No longer in the tray");
    if (name === "details" || name === "folded") return desk.status.say("Not here: in the grid");
    if (name === "pick") return remove(place);
    const where = { set: "tray", at: place, key };
    if (name === "up" || name === "down") return void deskThumb(desk, where, tile, name, (value) => (tile.thumb = value));
    return deskFollow(desk, where, name);
  }

  list.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) return;
    const item = gridItem(list, event.target);
    if (!item) return;
    const place = [...list.children].indexOf(item);
    const way = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (way && event.shiftKey) move(place, place + way);
    else if (way || event.key === "Home" || event.key === "End") {
      const next = way ? place + way : event.key === "Home" ? 0 : tiles.length - 1;
      if (tiles[next]) {
        rove(next);
        buttonAt(next).focus();
      }
    } else if (["Delete", "Backspace", "x", "X"].includes(event.key)) remove(place);
    else return;
    event.preventDefault();
  });
  list.addEventListener("focusin", (event) => {
    const item = gridItem(list, event.target);
    if (item) rove([...list.children].indexOf(item));
  });
  list.addEventListener("click", (event) => {
    const item = gridItem(list, event.target);
    const pressed = event.target.closest("[data-do]")?.dataset.do;
    const place = [...list.children].indexOf(item);
    if (pressed === "remove") remove(place);
    if (pressed === "play") play(place);
  });
  clear.addEventListener("click", () => {
    ask(true);
    no.focus();
  });
  yes.addEventListener("click", () => {
    elLeave(sure, hand.opener);
    ask(false);
    desk.ask("clear").then(() => desk.status.say("Cleared"), desk.status.fail);
  });
  no.addEventListener("click", () => asking.close(true));
  listenToDrags(list, move);

  return {
    node, show,
    opener: hand.opener,
    /** A thumb was given in some answers; picks keep theirs in mind. */
    showThumb(sets, shot, value) {
      for (const tile of tiles) if (tile.shot_id === shot && Number.isInteger(tile.at) && sets.includes(tile.set)) tile.thumb = value;
    },
    /** At which number a shot was picked, from 1; 0 where it was not. */
    order: (key) => placeOf(key) + 1,
    get size() {
      return tiles.length;
    },
    handOver: () => hand.toggle(),
  };
}

function trayItem(tile, place, total, address) {
  const label = `Pick ${place + 1}: ${tile.label}`;
  const keys = "Enter Shift+ArrowLeft Shift+ArrowRight Delete";
  const play = el("button",
    { type: "button", class: "vs-play", "data-do": "play", "aria-label": label, "aria-keyshortcuts": keys, "aria-expanded": "false", tabindex: "-1" },
    makePicture(address, "", tile.image_error));
  const remove = elIconButton("close", `Remove pick ${place + 1}`, {
    tip: "Remove (Delete)", class: "vs-icon-button vs-remove", "data-do": "remove", tabindex: "-1",
  });
  return el("li", { class: "vs-pick-item", "aria-posinset": place + 1, "aria-setsize": total, title: tile.label },
    el("div", { class: "vs-picture" }, play, el("span", { class: "vs-number" }, String(place + 1)),
      el("span", { class: "vs-time vs-length" }, tile.length), remove),
    el("span", { class: "vs-pick-time" }, tile.timecode || tile.position));
}

/** Let the items of a list be dragged to other places; `move(from, to)` is told at the end. */
function listenToDrags(list, move) {
  let drag = null;
  let dragged = false;
  const clear = () => {
    for (const item of list.children) item.classList.remove("vs-before", "vs-after", "vs-dragged");
  };
  const target = (x, y) => {
    // The gap that lies nearest, in rows from left to right.
    const boxes = [...list.children].map((item) => item.getBoundingClientRect());
    for (const [place, box] of boxes.entries()) if (y < box.bottom && (x < box.left + box.width / 2 || y < box.top)) return place;
    return boxes.length;
  };
  list.addEventListener("pointerdown", (event) => {
    const item = gridItem(list, event.target);
    if (!item || event.button !== 0 || event.target.closest(".vs-remove")) return;
    drag = { item, from: [...list.children].indexOf(item), x: event.clientX, y: event.clientY, gap: null, id: event.pointerId };
  });
  list.addEventListener("pointermove", (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    if (drag.gap === null) {
      if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < TRAY_DRAG) return;
      list.setPointerCapture(drag.id);
    }
    drag.gap = target(event.clientX, event.clientY);
    clear();
    drag.item.classList.add("vs-dragged");
    if (drag.gap < list.children.length) list.children[drag.gap].classList.add("vs-before");
    else list.lastElementChild?.classList.add("vs-after");
  });
  const end = (event) => {
    if (!drag || event.pointerId !== drag.id) return;
    const { from, gap } = drag;
    drag = null;
    clear();
    if (gap === null || event.type === "pointercancel") return;
    dragged = true;
    setTimeout(() => (dragged = false));
    move(from, gap > from ? gap - 1 : gap);
  };
  // The click that follows a drag is none.
  list.addEventListener("click", (event) => dragged && event.stopPropagation(), { capture: true });
  list.addEventListener("pointerup", end);
  list.addEventListener("pointercancel", end);
}
