// Past queries: Up and Down walk through them in an empty box, a button lists them.

const HISTORY_MOST = 200;
let historyLists = 0;

/**
 * Make the history of a query box.
 * @param {Object} desk The desk it stands in.
 * @param {HTMLInputElement} box The query box.
 * @param {Function} choose Called with the query that was chosen from the list.
 */
function makeHistory(desk, box, choose) {
  const id = `vx-history-${(historyLists += 1)}`;
  const opener = elIconButton("past", "Past queries", { "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": id, class: "vs-icon-button vx-past" });
  const list = el("ul", { class: "vx-history", id, role: "listbox", "aria-label": "Past queries, the last one first", tabindex: "-1", hidden: true });
  let queries = [];
  const names = new Map(); // how people read a query that names shots by their ids
  let walked = -1; // which past query stands in the box; -1 for none
  let current = 0;

  const popup = {
    node: list,
    close(back = false) {
      if (list.hidden) return;
      list.hidden = true;
      opener.setAttribute("aria-expanded", "false");
      desk.closed(popup);
      if (back) box.focus();
    },
  };

  function mark(at) {
    current = Math.max(0, Math.min(queries.length - 1, at));
    for (const [number, item] of [...list.children].entries()) item.setAttribute("aria-selected", String(number === current));
    const item = list.children[current];
    if (!queries.length || !item) return list.removeAttribute("aria-activedescendant");
    list.setAttribute("aria-activedescendant", item.id);
    return item.scrollIntoView({ block: "nearest" });
  }

  function open() {
    const items = queries.map((query, at) => el("li", { role: "option", id: `${id}-${at}`, "aria-selected": "false", title: query, dir: "auto" }, names.get(query) ?? query));
    list.replaceChildren(...(items.length ? items : [el("li", { class: "vs-quiet", role: "option", "aria-disabled": "true" }, "No query yet")]));
    list.hidden = false;
    opener.setAttribute("aria-expanded", "true");
    desk.opened(popup);
    list.focus();
    mark(0);
  }

  function take(at) {
    if (queries[at] === undefined) return;
    popup.close(true);
    choose(queries[at]);
  }

  function note(view) {
    if (view?.explorer?.said) names.set(view.explorer.query, view.explorer.said);
  }

  desk.on("view", note);
  desk.on("opened", note);
  opener.addEventListener("click", () => (list.hidden ? open() : popup.close(true)));
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const goal = { ArrowUp: current - 1, ArrowDown: current + 1, Home: 0, End: queries.length - 1, PageUp: current - 8, PageDown: current + 8 }[event.key];
    if (goal !== undefined) mark(goal);
    else if (event.key === "Enter" || event.key === " ") take(current);
    else if (event.key === "Tab") return popup.close(true);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => take([...list.children].indexOf(event.target.closest("li"))));
  list.addEventListener("pointermove", (event) => {
    const at = [...list.children].indexOf(event.target.closest("li"));
    if (at >= 0 && at !== current) mark(at);
  });
  list.addEventListener("focusout", (event) => {
    if (event.relatedTarget !== opener) popup.close();
  });

  return {
    opener, list,
    async fetch() {
      try {
        const told = await desk.ask("history");
        queries = told.queries ?? [];
        for (const [query, name] of Object.entries(told.labels ?? {})) names.set(query, name);
      } catch (error) {
        desk.status.fail(error);
      }
    },
    /** Put a query that was asked first. */
    add(query) {
      if (query) queries = [query, ...queries.filter((one) => one !== query)].slice(0, HISTORY_MOST);
      for (const known of [...names.keys()]) if (!queries.includes(known)) names.delete(known);
      walked = -1;
    },
    /** Go to an earlier (1) or later (-1) query; null where the box is not empty or there is none. */
    walk(way) {
      const here = walked >= 0 && box.value === queries[walked];
      if (!here) walked = -1;
      if (!here && (box.value !== "" || way < 0)) return null;
      const goal = walked + way;
      if (goal >= queries.length) return queries[walked] ?? null;
      walked = goal;
      return goal < 0 ? "" : queries[goal];
    },
  };
}
