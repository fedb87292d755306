// The desk of one view: puts the parts together, and does what is asked of a tile.
//
// What the explorer builds on, given to `explorer(desk)` when the widget is of that kind:
//   desk.place        an empty element above the answer, to fill
//   desk.ask(do, fields, { part, progress, signal })   a request; see messages.js
//   desk.work(words, do, fields)   the same for what may take longer: says so, can be cancelled, tells errors; gives null then
//   desk.on(push, hear)            what the kernel pushes; desk.on("opened", …) hears the first view, too
//   desk.status       say(words), busy(owner, words), fail(error); see status.js
//   desk.life         an AbortSignal for listeners outside the desk
//   desk.keys         an object of further keys of the whole desk: { "/": { words: "Search", does() {} } }
//   desk.help         further rows of the list of keys, [key, what it does], of keys that are heard elsewhere
//   desk.homes        set to a function that gives where the focus may go when what had it goes away, the best first
//   desk.chips        set to a function (view) => nodes to replace what says how the query was read
//   desk.view         the view that is shown
// `explorer` may give a function, which is called when the view goes away.

function makeDesk(model, place) {
  const kind = model.get("kind");
  const page = findStaticPage(model.get("key"), place);
  const life = new AbortController();
  const status = makeStatus(() => desk.homes());
  const pictures = openPictures();
  const opened = []; // what Escape closes, the last one first
  const grids = new Set();
  const places = new Map(); // set -> the tile that had the focus, for the way back
  const own = new Map();
  let main = null;
  let stage = null;
  let turn = 0;

  const line = openLine(model, {
    silence(words, gone) {
      page.show();
      silence.textContent = words;
      again.hidden = gone;
      away.hidden = false;
      if (page.there) elLeave(body, gone ? null : again, away);
      body.hidden = page.there;
    },
    speech() {
      away.hidden = true;
      body.hidden = false;
      open();
    },
  });
  const again = elButton("Try again");
  const silence = el("p");
  const away = el("div", { class: "vs-away", role: "alert", tabindex: "-1", hidden: true }, silence, again);
  const asking = el("div", { class: "vs-asking" });
  const answer = el("div", { class: "vs-answer" });
  const body = el("div", { class: "vs-body" });
  const root = el("div", {
    class: "vidsearch vs-desk", role: "group", "aria-label": kind === "explorer" ? "Shot explorer" : "Shots found",
    // Keys pressed in here are ours: without it the notebook's own shortcuts would answer, too.
    "data-lm-suppress-shortcuts": "true", "data-vs-desk": kind,
  }, away, body);

  const desk = {
    kind, root, status, pictures, line,
    place: asking,
    life: life.signal,
    ask: line.ask,
    keys: {},
    help: [],
    homes: () => [main?.made[main.current]?.play, root.querySelector(".vs-trail button:enabled"), desk.tray.opener],
    chips: null,
    view: null,
    judging: false, // whether a thumb by key goes on to the next tile
    sound: false,
    on(name, hear) {
      if (!own.has(name)) own.set(name, new Set());
      own.get(name).add(hear);
      const end = line.on(name, hear);
      return () => {
        end();
        own.get(name).delete(hear);
      };
    },
    async work(words, name, fields = {}) {
      const stop = new AbortController();
      const cancel = () => stop.abort();
      const clock = setTimeout(() => status.busy(stop, words, cancel), 400);
      const progress = (share, what) => status.busy(stop, what || words, cancel, share);
      try {
        return await line.ask(name, fields, { signal: stop.signal, progress });
      } catch (error) {
        status.fail(error);
        return null;
      } finally {
        clearTimeout(clock);
        status.busy(stop);
      }
    },
    can: (name) => desk.view?.can?.[name] !== false,
    order: (key) => desk.tray.order(key),
    playing: (where) => stage !== null && takeName(stage.where) === takeName(where),
    go: (way) => desk.work(way === "back" ? "Going back …" : "Going forward …", way),
    addGrid(shown) {
      const grid = makeGrid(desk, { again: desk.can("again"), ...shown });
      grids.add(grid);
      return grid;
    },
    dropGrid(grid) {
      for (const one of [...opened]) if (grid.node.contains(one.node)) one.close();
      grids.delete(grid);
      grid.close();
    },
    showPicks() {
      for (const grid of grids) grid.showPicks();
    },
    opened(one) {
      opened.push(one);
    },
    closed(one) {
      if (opened.includes(one)) opened.splice(opened.indexOf(one), 1);
      if (stage === one) stage = null;
    },
    /** Close what is open, the innermost first; false where nothing is. */
    escape() {
      const inner = opened.findLast((one) => one.node.contains(document.activeElement)) ?? opened.at(-1);
      if (inner) inner.close(true);
      return Boolean(inner) || status.dismiss();
    },
    /** Play a shot on the one stage there is. */
    play(shot, around) {
      const same = desk.playing(shot.where);
      stage?.close();
      if (same) return;
      stage = openStage(desk, shot, around);
      desk.keyframes.after(stage.begun);
      desk.opened(stage);
    },
    /** Do what a button or a key of a tile says. */
    act(name, grid, one) {
      const where = { set: grid.set, at: one.tile.at };
      if (name === "play") return deskPlay(desk, grid, one);
      if (name === "pick") return void line.ask(desk.order(tileKey(one.tile)) ? "unpick" : "pick", where).catch(status.fail);
      if (name === "details") return deskDetails(desk, one);
      if (name === "folded") return void toggleFolded(desk, grid, one);
      const show = (value) => tileShowThumb(one, value);
      if (name === "up" || name === "down") return void deskThumb(desk, where, one.tile, name, show);
      return deskFollow(desk, where, name);
    },
    close() {
      life.abort();
      stage?.close();
      for (const one of [...opened]) one.close();
      for (const grid of grids) grid.close();
      desk.takes.clear();
      desk.keyframes.clear();
      line.close();
      pictures.close();
      page.show();
      root.remove();
    },
  };
  desk.takes = makeTakes(desk);
  desk.keyframes = makeKeyframes(desk);
  desk.tray = makeTray(desk);
  const head = makeHead(desk);
  const help = makeKeysHelp(desk);
  body.append(asking, status.node, head.node, answer, desk.tray.node, help.node);
  listenToKeys(desk, help);

  async function show(view) {
    const mine = ++turn;
    desk.view = view;
    status.busy(line);
    if (main?.set === view.set) {
      page.hide();
      return head.show(view);
    }
    if (main) places.set(main.set, main.current);
    const next = desk.addGrid({ set: view.set, total: view.total, label: view.counted, pictures: view.back ? new Map() : page.pictures() });
    try {
      await next.load();
    } catch (error) {
      status.fail(error);
    }
    if (mine !== turn || life.signal.aborted) return desk.dropGrid(next);
    const focused = answer.contains(document.activeElement);
    if (main) desk.dropGrid(main);
    main = next;
    head.show(view);
    answer.replaceChildren(...(view.total ? [next.node] : []));
    page.hide();
    root.classList.add("vs-ready");
    if (places.has(view.set)) await next.focus(places.get(view.set)).catch(status.fail);
    else if (focused) await next.focus(0).catch(status.fail);
    if (!focused) return;
    status.say(`${view.counted} for ${view.query}`);
    if (!view.total) root.querySelector(".vs-trail button:enabled")?.focus();
  }

  async function open() {
    try {
      const { view, tray, buffers } = await line.ask("open");
      desk.tray.show(tray ?? [], buffers);
      if (view) await show(view);
      for (const hear of own.get("opened") ?? []) hear(view);
    } catch (error) {
      if (away.hidden) status.fail(error);
    }
  }

  line.on("view", show);
  line.on("tray", ({ tiles }, buffers) => desk.tray.show(tiles, buffers));
  line.on("thumb", ({ sets, shot_id, value }) => {
    for (const grid of grids) if (sets.includes(grid.set)) grid.showThumb(shot_id, value);
    desk.tray.showThumb(sets, shot_id, value);
  });
  line.on("busy", ({ words }) => status.busy(line, words));
  again.addEventListener("click", async () => {
    again.disabled = true;
    await open();
    again.disabled = false;
  });
  place.append(root);
  desk.open = open;
  return desk;
}

function deskPlay(desk, grid, one) {
  const { set } = grid;
  const shot = { where: { set, at: one.tile.at }, tile: one.tile, image: one.image };
  desk.play(shot, {
    after: one.node,
    shown: (on) => tileShowPlaying(one.node, on),
    home: () => grid.focus(one.tile.at).catch(desk.status.fail),
    act: (name) => desk.act(name, grid, one),
    async neighbor(way) {
      await grid.focus(one.tile.at + way);
      const next = grid.made[one.tile.at + way];
      if (next) deskPlay(desk, grid, next);
    },
  });
}

function deskDetails(desk, one) {
  const showing = one.details;
  if (showing) return showing.close();
  one.details = {
    node: one.node,
    close() {
      one.details = null;
      tileShowDetails(one, false);
      desk.closed(this);
    },
  };
  tileShowDetails(one, true);
  desk.opened(one.details);
  desk.status.say((one.tile.details ?? []).map(([name, value]) => `${name}: ${value}`).join(", "));
}

/** Give a thumb, "up" or "down", or take the same one back; `show(value)` shows it. */
async function deskThumb(desk, where, tile, way, show) {
  const before = tile.thumb ?? 0;
  const value = way === "up" ? 1 : -1;
  const wanted = before === value ? 0 : value;
  show(wanted);
  try {
    await desk.ask("thumb", { ...where, value: wanted });
    desk.status.say({ 1: "Thumb up", "-1": "Thumb down", 0: "No thumb" }[wanted]);
  } catch (error) {
    show(before);
    desk.status.fail(error);
  }
}

/** Ask further from a shot: "more" like it, "unlike" it, what "follows". */
function deskFollow(desk, where, name) {
  if (!desk.can("again")) return desk.status.say("Nothing further can be asked here");
  const words = {
    more: "Looking for more like this …",
    unlike: "Looking away from this …",
    follows: "Looking at what follows …",
  }[name];
  return void desk.work(words, name, where);
}

function render({ model, el: place }) {
  const desk = makeDesk(model, place);
  // The explorer's file may not be there: a grid needs none of it.
  const end = desk.kind === "explorer" && typeof explorer === "function" ? explorer(desk) : null;
  desk.open();
  return () => {
    end?.();
    desk.close();
  };
}

export default { render };
