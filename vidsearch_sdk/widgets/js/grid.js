// The grid: tiles of one answer, fetched page by page, walked with the arrow keys, each action by mouse and by key.

const GRID_PAGE = 48;
const GRID_FAR = 96; // tiles of a page on the way to a far one, of which two are asked for at a time
const GRID_BATCH = 16; // tiles that are drawn in one go
const GRID_KEYS = { x: "pick", "+": "up", "=": "up", "-": "down", m: "more", n: "unlike", f: "follows", d: "folded", i: "details" };

/**
 * Make the grid of one answer.
 * @param {Object} desk The desk it stands in.
 * @param {Object} shown `set`, `total` and `label` of the answer; `again`: whether searches can start from a tile;
 *   `pictures`: addresses that the page has already, by place; `nested`: it stands within another grid.
 */
function makeGrid(desk, { set, total, label, again = true, pictures = new Map(), nested = false }) {
  const list = el("ol", { class: "vs-grid vs-live", role: "list", "aria-label": label });
  const end = el("div", { class: "vs-end" });
  const node = el("div", { class: nested ? "vs-nested" : "vs-scroll" }, list, end);
  const made = [];
  const leave = new AbortController();
  let loading = null;
  let current = 0;
  let closed = false;

  const grid = {
    node, list, set, total, made, nested,
    /** Fetch the next page, or larger ones on the way to a far tile; what runs already is waited for. */
    load(goal = 0) {
      if (closed || made.length >= total) return Promise.resolve();
      loading ??= fetchNext(goal).finally(() => (loading = null));
      return loading;
    },
    /** Move the focus to a tile, fetching up to it. */
    async focus(at) {
      const goal = Math.max(0, Math.min(total - 1, at));
      while (goal >= made.length && !closed) {
        const before = made.length;
        await grid.load(goal);
        if (made.length === before) break;
      }
      const there = made[Math.min(goal, made.length - 1)];
      if (!there || closed) return;
      rove(there.tile.at);
      there.play.focus({ preventScroll: true });
      there.node.scrollIntoView({ block: "nearest" });
    },
    /** The tile that an element stands in; not one of a grid within. */
    of(target) {
      const item = gridItem(list, target);
      return item?.classList.contains("vs-tile") ? made[Number(item.dataset.at)] : undefined;
    },
    get current() {
      return current;
    },
    showPicks() {
      for (const one of made) tileShowPick(one, desk.order(tileKey(one.tile)));
    },
    showThumb(shot, value) {
      for (const one of made) if (one.tile.shot_id === shot) tileShowThumb(one, value);
    },
    close() {
      closed = true;
      leave.abort();
      watcher?.disconnect();
      for (const one of made) desk.pictures.release(...one.addresses);
      node.remove();
    },
  };

  async function fetchPage(from, size) {
    const count = Math.min(size, total - from);
    let held = true;
    for (let at = from; at < from + count && held; at += 1) held = pictures.has(at);
    const answer = await desk.ask("tiles", { set, from, count, pictures: !held }, { signal: leave.signal });
    return { ...answer, held };
  }

  async function fetchNext(goal) {
    const from = made.length;
    const far = from > 0 && goal - from >= GRID_FAR;
    // The first page is what the static page shows: its pictures are not sent again.
    const size = far ? GRID_FAR : (from === 0 && pictures.size) || GRID_PAGE;
    const starts = far ? [from, from + size].filter((at) => at < total) : [from];
    let pages;
    try {
      pages = await Promise.all(starts.map((at) => fetchPage(at, size)));
    } catch (error) {
      // Scrolling on would not ask again by itself.
      const more = moreButton();
      const focused = end.contains(document.activeElement);
      if (!closed) end.replaceChildren(more);
      if (focused) more.focus();
      throw error;
    }
    for (const { tiles, buffers, held } of pages) {
      for (let next = 0; next < tiles.length; next += GRID_BATCH) {
        // A page is long work for a slow machine: the mouse and the keys are heard in between.
        if (from && made.length > from) await new Promise((on) => setTimeout(on));
        if (closed) return;
        addTiles(tiles.slice(next, next + GRID_BATCH), buffers, held);
      }
    }
    if (closed) return;
    if (from === 0) rove(0);
    elLeave(end, made[current]?.play);
    end.replaceChildren();
    // Until all are there, the wheel that reaches the end would turn the notebook away from it.
    node.classList.toggle("vs-open-ended", made.length < total);
    if (made.length >= total) watcher?.disconnect();
    else if (nested) end.append(moreButton());
    else rewatch();
  }

  function addTiles(tiles, buffers, held) {
    const fresh = tiles.map((tile) => {
      const address = (number) => (Number.isInteger(number) && buffers[number] ? desk.pictures.take(buffers[number]) : null);
      const lent = held ? pictures.get(tile.at) : null;
      const parts = (tile.parts ?? []).map((part, number) => lent?.[number] ?? address(part.image));
      const one = makeTile(tile, { image: (tile.parts ?? []).length > 1 ? null : (lent?.[0] ?? address(tile.image)), parts, again, total });
      tileShowPick(one, desk.order(tileKey(tile)));
      made.push(one);
      return one;
    });
    if (fresh.some((one) => (one.tile.parts ?? []).length > 1)) list.classList.add("vs-spans");
    list.append(...fresh.map((one) => one.node));
  }

  function moreButton() {
    const button = elButton(`Show ${Math.min(GRID_PAGE, total - made.length)} more`);
    button.addEventListener("click", () => {
      const next = made.length;
      grid.load().then(() => grid.focus(next), desk.status.fail);
    });
    return button;
  }

  // One tile's buttons are in the order of the Tab key: the one that the arrow keys went to.
  function rove(at) {
    const before = made[current];
    if (before) for (const button of gridButtons(before)) button.tabIndex = -1;
    current = at;
    if (made[at]) for (const button of gridButtons(made[at])) button.tabIndex = 0;
  }

  function step(key) {
    const columns = Math.max(1, getComputedStyle(list).gridTemplateColumns.split(" ").length);
    const rows = Math.max(1, Math.floor(node.clientHeight / Math.max(1, made[current].node.offsetHeight)));
    const way = {
      ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, PageDown: rows * columns, PageUp: -rows * columns,
    }[key];
    if (key === "Home") return 0;
    if (key === "End") return total - 1;
    if (way === undefined) return null;
    const goal = current + way;
    if (goal >= 0 && goal < total) return goal;
    // Past an end, one row stays where it is; a page goes as far as there is something.
    if (key === "PageDown" || (key === "ArrowDown" && Math.floor(current / columns) < Math.floor((total - 1) / columns))) return total - 1;
    return key === "PageUp" ? current % columns : current;
  }

  /** Judge a tile and go on to the next: one key each; the same key again changes nothing. */
  function judge(one, way) {
    if (one.tile.thumb !== (way === "up" ? 1 : -1)) desk.act(way, grid, one);
    if (one.tile.at + 1 < total) grid.focus(one.tile.at + 1).catch(desk.status.fail);
    else desk.status.say("That was the last shot");
  }

  list.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || elTakesText(event.target)) return;
    const one = grid.of(event.target);
    if (!one) return;
    const goal = step(event.key);
    const act = GRID_KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (goal !== null) grid.focus(goal).catch(desk.status.fail);
    else if (desk.judging && (act === "up" || act === "down") && !nested) judge(one, act);
    else if (act) desk.act(act, grid, one);
    else return;
    event.preventDefault();
  });
  list.addEventListener("focusin", (event) => {
    const one = grid.of(event.target);
    if (!one) return;
    if (one.tile.at !== current) rove(one.tile.at);
    desk.takes.soon({ set, at: one.tile.at });
  });
  list.addEventListener("focusout", (event) => {
    if (!list.contains(event.relatedTarget)) desk.takes.notSoon();
  });
  list.addEventListener("click", (event) => {
    const one = grid.of(event.target);
    const button = event.target.closest("[data-do]");
    if (one && button) desk.act(button.dataset.do, grid, one);
  });
  list.addEventListener("pointerdown", (event) => {
    // A finger may begin to scroll with it.
    if (event.button !== 0 || event.pointerType === "touch") return;
    const one = grid.of(event.target);
    if (one && one.play.contains(event.target)) desk.takes.now({ set, at: one.tile.at });
  });
  list.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const one = grid.of(event.target);
    const picture = one && event.target.closest(".vs-picture") === one.picture && !event.target.closest(".vs-acts");
    if (!picture) return desk.keyframes.leave();
    const box = one.picture.getBoundingClientRect();
    desk.keyframes.scrub(grid, one, (event.clientX - box.left) / Math.max(1, box.width));
    desk.takes.soon({ set, at: one.tile.at });
  });
  list.addEventListener("pointerleave", () => {
    desk.keyframes.leave();
    desk.takes.notSoon();
  });

  let watcher = null;
  function rewatch() {
    // Watching anew tells at once when the end is still near.
    watcher?.disconnect();
    watcher ??= new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && grid.load().catch(desk.status.fail), {
      root: node, rootMargin: "0px 0px 900px 0px",
    });
    watcher.observe(end);
  }
  return grid;
}

function gridItem(list, target) {
  let item = target;
  while (item && item.parentElement !== list) item = item.parentElement;
  return item;
}

function gridButtons(one) {
  return one.node.querySelectorAll("button");
}
