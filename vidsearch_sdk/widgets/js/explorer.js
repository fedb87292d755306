// The search desk above the grid: the query box, chips of what was made of it, filters, the way back.

const EXPLORER_WAIT = 500; // ms after which a search says that it runs
const EXPLORER_MAC = /mac/i.test(navigator.userAgentData?.platform ?? navigator.platform ?? "");
let explorerBoxes = 0;

Object.assign(ICONS, {
  filter: "M2 3.500h12M4.500 8h7M7 12.500h2",
  past: "M3 6l5 5 5-5",
});

/**
 * Fill the place above a desk's answer.
 * @param {Object} desk The desk; see desk.js.
 */
function explorer(desk) {
  const id = `vx-error-${(explorerBoxes += 1)}`;
  const box = el("input", {
    type: "text", class: "vx-query", "aria-label": "What are you looking for?", placeholder: 'what is seen or heard, or text("a dog") & says("key")',
    spellcheck: "false", autocomplete: "off", autocapitalize: "off", enterkeyhint: "search", dir: "auto", "aria-describedby": id,
  });
  const back = elIconButton("back", "Back", { tip: "Back (Alt+Left)", "aria-keyshortcuts": "Alt+ArrowLeft", disabled: true });
  const forward = elIconButton("forward", "Forward", { tip: "Forward (Alt+Right)", "aria-keyshortcuts": "Alt+ArrowRight", disabled: true });
  const search = el("button", { type: "submit", class: "vs-button vs-main" }, "Search");
  const count = el("span", { class: "vx-badge", hidden: true });
  const opener = el("button", { type: "button", class: "vs-button vx-opener", "aria-expanded": "false" }, drawIcon("filter"), "Filters", count);
  const mistake = el("div", { class: "vx-mistake", id });
  const history = makeHistory(desk, box, (query) => {
    write(query);
    submit();
  });
  const words = makeChips("How the words were read", () => box.focus());
  const set = makeChips("Filters that are set", () => box.focus());
  const clear = elButton("Clear filters", { class: "vs-button vx-clear", hidden: true });
  const chips = el("div", { class: "vx-chip-rows", hidden: true }, words.node, set.node, clear);
  const filters = makeFilters(desk, send);
  const panel = {
    node: filters.node,
    close(back = false) {
      if (filters.node.hidden) return;
      if (back) opener.focus();
      else elLeave(filters.node, opener);
      showFilters(false);
    },
  };
  const form = el("form", { class: "vx-form", role: "search", "aria-label": "Shots", novalidate: true },
    el("div", { class: "vx-way" }, back, forward), el("div", { class: "vx-box" }, box, history.opener, history.list), search, opener);
  desk.place.append(form, mistake, chips);
  // Beside the answer where there is room, above it where there is none.
  const body = desk.place.parentElement;
  const rest = [...body.children].filter((node) => node !== desk.place);
  body.append(el("div", { class: "vx-columns" }, filters.node, el("div", { class: "vx-main" }, ...rest)));

  let state = { query: "", filters: [], options: {} };
  let dirty = false; // the box holds what was not asked yet
  let running = null;

  function write(query, touched = true) {
    if (box.value !== query) box.value = query;
    dirty = touched;
  }

  function submit() {
    send({ query: box.value });
  }

  /** Ask anew, with what is to change; of several that run at once the last one counts. */
  async function send(fields) {
    if (running) desk.status.busy(running);
    const stop = (running = new AbortController());
    const cancel = () => stop.abort();
    const asked = dirty && !("query" in fields) ? { ...fields, query: box.value } : fields;
    let words = "Searching …";
    let late = false;
    const clock = setTimeout(() => {
      late = running === stop;
      if (late) desk.status.busy(stop, words, cancel);
    }, EXPLORER_WAIT);
    forget();
    form.setAttribute("aria-busy", "true");
    try {
      await desk.ask("search", asked, {
        signal: stop.signal,
        progress(share, what) {
          words = what || words;
          if (late && running === stop) desk.status.busy(stop, words, cancel);
        },
      });
    } catch (error) {
      if (running === stop) {
        show(state, false);
        if (isCancelled(error)) desk.status.say("Cancelled");
        else tell(error);
      }
    } finally {
      clearTimeout(clock);
      desk.status.busy(stop);
      if (running === stop) {
        running = null;
        form.removeAttribute("aria-busy");
      }
    }
  }

  /** Say what is wrong with a query below the box, with its place. */
  function tell(error) {
    if (!(error instanceof MessageError)) return desk.status.fail(error);
    const [before, at, after] = error.fields?.marked ?? [];
    const place = at === undefined ? null : el("p", { class: "vx-marked" }, before, el("mark", {}, at || "\u00a0"), after);
    mistake.replaceChildren(el("div", { class: "vs-error", role: "alert" }, el("div", {}, place, el("p", {}, error.message))));
    if (at === undefined) return undefined;
    box.setAttribute("aria-invalid", "true");
    if (document.activeElement !== box) return undefined;
    const start = box.value.indexOf(before.replace(/^…/, "") + at);
    const from = start < 0 ? box.value.length : start + before.replace(/^…/, "").length;
    return box.setSelectionRange(from, from + at.length);
  }

  function forget() {
    mistake.replaceChildren();
    box.removeAttribute("aria-invalid");
  }

  /** Show a state; the box keeps what is being typed where it was not asked yet. */
  function show(next, synced = true) {
    state = next;
    if (synced && (!dirty || box.value.trim() === next.query)) write(next.query, false);
    const filtered = next.filters ?? [];
    set.show(chipsOfFilters(filtered, send));
    clear.hidden = !filtered.length;
    count.hidden = !filtered.length;
    count.textContent = String(filtered.length);
    opener.setAttribute("aria-label", filtered.length ? `Filters, ${filtered.length} set` : "Filters");
    filters.show(filtered, next.options);
  }

  function hear(view) {
    if (!view?.explorer) return;
    // What was asked in words elsewhere takes the place of what stands here, but not of what is being typed.
    if (view.explorer.query !== state.query && document.activeElement !== box) dirty = false;
    if (!running) forget();
    show(view.explorer);
    history.add(view.explorer.query);
    words.show(chipsOfWords(view, send));
    chips.hidden = !words.node.children.length && !(view.explorer.filters ?? []).length;
    back.disabled = !view.back;
    forward.disabled = !view.forward;
    if (running) desk.status.say(`${view.counted} for ${view.query}`);
  }

  function begin(view) {
    hear(view);
    history.fetch();
    if (view?.explorer && !view.explorer.begun && !running) send({});
  }

  /** What an empty answer offers to do; put behind its words. */
  function offers(view) {
    if (!view.empty || view.total) return [];
    const offered = [];
    const offer = (label, fields) => {
      const button = elButton(label);
      button.addEventListener("click", () => {
        elLeave(button, box);
        send(fields);
      });
      offered.push(button);
    };
    if ((view.explorer?.filters ?? []).length) offer("Clear filters", { clear: true });
    if (view.explorer?.query && view.explorer.options?.min_score !== 0) offer("Show the nearest", { options: { min_score: 0 } });
    return offered;
  }

  desk.chips = (view) => {
    queueMicrotask(() => desk.root.querySelector(".vs-notes .vs-empty")?.append(el("span", { class: "vx-offers" }, ...offers(view))));
    return [];
  };
  desk.keys["/"] = {
    words: "write a query",
    does() {
      box.focus();
      box.select();
    },
  };
  desk.help.push(["Alt+← Alt+→", "back, forward"]);
  const homes = desk.homes;
  desk.homes = () => [...(desk.view?.total ? homes().slice(0, 1) : []), box];

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  box.addEventListener("input", () => {
    dirty = true;
    forget();
  });
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey || event.isComposing) return;
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Escape" && running) running.abort();
    else if (event.key === "Escape" && dirty && box.value.trim() !== state.query) {
      write(state.query, false);
      forget();
    } else if (way) {
      const past = history.walk(way);
      if (past === null) return;
      write(past);
      box.setSelectionRange(past.length, past.length);
    } else return;
    event.preventDefault();
  });
  function showFilters(on) {
    filters.toggle(on);
    opener.setAttribute("aria-expanded", String(on));
    desk.root.classList.toggle("vx-filtering", on);
    if (on) desk.opened(panel);
    else desk.closed(panel);
  }
  opener.addEventListener("click", () => showFilters(filters.node.hidden));
  clear.addEventListener("click", () => {
    send({ clear: true });
    box.focus();
  });
  back.addEventListener("click", () => desk.go("back"));
  forward.addEventListener("click", () => desk.go("forward"));
  desk.root.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: "back", ArrowRight: "forward" }[event.key];
    if (!way || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) return;
    // There it moves by words.
    if (EXPLORER_MAC && elTakesText(event.target)) return;
    if (desk.view?.[way]) desk.go(way);
    event.preventDefault();
    event.stopPropagation();
  });
  desk.on("view", hear);
  desk.on("opened", begin);
  return () => running?.abort();
}
