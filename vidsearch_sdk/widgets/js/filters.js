// Filters: a panel with one part for each column, built from what the columns hold.

const FILTERS_SHOWN = 8; // values of a column that are listed before "Show all"
const FILTERS_WAIT = 250; // ms in which ticks are gathered into one search
let filterParts = 0;

/**
 * Make the panel of filters.
 * @param {Object} desk The desk it stands in.
 * @param {Function} change Called with what is to be asked anew: `{where: {column: form or null}}` or `{options: {…}}`.
 */
function makeFilters(desk, change) {
  const parts = el("div", { class: "vx-parts" });
  const answer = filtersAnswer((options) => change({ options }));
  const node = el("section", { class: "vx-filters", "aria-label": "Filters", hidden: true }, parts, answer.node);
  const made = new Map(); // column -> its part
  let set = [];
  let waiting = {};
  let clock = null;
  let told = "";

  function send() {
    clearTimeout(clock);
    const where = waiting;
    waiting = {};
    if (Object.keys(where).length) change({ where });
  }

  function wanted(column, form, soon) {
    waiting[column] = form;
    clearTimeout(clock);
    if (soon) clock = setTimeout(send, FILTERS_WAIT);
    else send();
  }

  function draw() {
    for (const [column, part] of made) {
      if (!(column in waiting)) part.show(set.find((one) => one.column === column) ?? null);
    }
  }

  async function fetch() {
    const answer = await desk.work("Reading the columns …", "facets");
    // Drawn anew only where it changed, so that what is being typed stays.
    if (!answer || desk.life.aborted || JSON.stringify(answer.columns) === told) return;
    told = JSON.stringify(answer.columns);
    made.clear();
    const groups = { own: [], main: [], more: [] };
    for (const facet of answer.columns) {
      const part = filtersPart(facet, (form, soon) => wanted(facet.name, form, soon));
      made.set(facet.name, part);
      (groups[facet.group] ?? groups.more).push(part.node);
    }
    const more = el("details", { class: "vx-more", hidden: !groups.more.length }, el("summary", {}, "More columns"), el("div", { class: "vx-parts" }, ...groups.more));
    parts.replaceChildren(...groups.own, ...groups.main, more);
    if (!answer.columns.length) parts.replaceChildren(el("p", { class: "vs-quiet" }, "There is nothing yet to filter by."));
    draw();
  }

  desk.life.addEventListener("abort", () => clearTimeout(clock));
  return {
    node,
    /** Show or hide the panel; what the columns hold is asked when it opens. */
    toggle(shown = node.hidden) {
      node.hidden = !shown;
      if (shown) fetch();
    },
    /** Show what is set; what was changed here and is not asked yet stays. */
    show(filters, options) {
      set = filters;
      answer.show(options ?? {});
      draw();
    },
    focus: () => node.querySelector("input, button, summary")?.focus(),
  };
}

function filtersPart(facet, wanted) {
  const body = { choice: filtersChoice, flag: filtersChoice, number: filtersRange, date: filtersRange, text: filtersText }[facet.kind](facet, wanted);
  const told = el("p", { class: "vx-set vs-quiet", hidden: true });
  const tip = facet.label === facet.name ? null : `column ${facet.name}`;
  return {
    node: el("fieldset", { class: "vx-part", "data-column": facet.name }, el("legend", { title: tip, dir: "auto" }, facet.label), told, body.node),
    show(form) {
      // What cannot be shown by the controls, as "not Dark" from Python, is said.
      const shown = body.show(form);
      told.hidden = !form || shown;
      told.textContent = told.hidden ? "" : form.words;
    },
  };
}

function filtersChoice(facet, wanted) {
  const boxes = facet.values.map(({ value, label, count }) => {
    const input = el("input", { type: "checkbox" });
    const row = el("label", { class: "vx-choice" }, input, el("span", { class: "vx-value", title: label, dir: "auto" }, label), el("span", { class: "vx-count" }, count.toLocaleString("en")));
    input.addEventListener("change", () => {
      const values = boxes.filter((one) => one.input.checked).map((one) => one.value);
      wanted(values.length ? { kind: "any_of", values, not: false } : null, true);
    });
    return { value, input, row };
  });
  const node = el("div", { class: "vx-choices" }, ...boxes.map((one) => one.row));
  let all = boxes.length <= FILTERS_SHOWN;
  const fold = () => {
    for (const [at, one] of boxes.entries()) one.row.hidden = !all && at >= FILTERS_SHOWN && !one.input.checked;
  };
  if (!all) {
    const more = elButton(`Show all ${boxes.length}`, { class: "vs-button vx-all", "aria-expanded": "false" });
    more.addEventListener("click", () => {
      all = !all;
      more.textContent = all ? "Show fewer" : `Show all ${boxes.length}`;
      more.setAttribute("aria-expanded", String(all));
      fold();
    });
    node.append(more);
  }
  fold();
  return {
    node,
    show(form) {
      const set = form?.kind === "any_of" && !form.not ? form.values : [];
      for (const one of boxes) one.input.checked = set.includes(one.value);
      fold();
      return !form || (set.length > 0 && set.every((value) => boxes.some((one) => one.value === value)));
    },
  };
}

function filtersRange(facet, wanted) {
  const dates = facet.kind === "date";
  const [low, high] = [["from", facet.low], ["to", facet.high]].map(([word, end]) =>
    el("input", {
      type: dates ? "date" : "number", step: dates ? null : "any", min: dates ? facet.low : null, max: dates ? facet.high : null,
      placeholder: dates ? null : end, "aria-label": `${facet.label} ${word}${facet.unit === "s" ? ", in seconds" : ""}`, title: `${word} ${end ?? ""}`.trim(),
    }),
  );
  const read = (input) => (input.value === "" ? null : dates ? input.value : Number(input.value));
  const writers = [low, high].map(filtersWriter);
  for (const input of [low, high]) {
    input.addEventListener("change", () => {
      const values = [read(low), read(high)];
      wanted(values.every((value) => value === null) ? null : { kind: "between", values, not: false }, false);
    });
  }
  return {
    node: el("div", { class: dates ? "vx-range vx-dates" : "vx-range" }, low, el("span", { class: "vs-quiet", "aria-hidden": "true" }, "–"), high, facet.unit ? el("span", { class: "vs-quiet" }, facet.unit) : null),
    show(form) {
      const set = form?.kind === "between" && !form.not ? form.values : [null, null];
      for (const [at, write] of writers.entries()) write(set[at] === null ? "" : dates ? String(set[at]).slice(0, 10) : String(set[at]));
      return !form || (form.kind === "between" && !form.not);
    },
  };
}

/** Write what is set into a field, but not over what is being typed there. */
function filtersWriter(input) {
  let set = "";
  let before = "";
  const write = (value) => {
    set = value;
    if (document.activeElement !== input && input.value !== value) input.value = value;
  };
  input.addEventListener("focus", () => (before = input.value));
  input.addEventListener("blur", () => {
    if (input.value === before) queueMicrotask(() => write(set));
  });
  return write;
}

function filtersText(facet, wanted) {
  const input = el("input", { type: "text", placeholder: "contains …", "aria-label": `${facet.label} contains`, spellcheck: "false", autocomplete: "off", dir: "auto" });
  const write = filtersWriter(input);
  input.addEventListener("change", () => wanted(input.value === "" ? null : { kind: "contains", values: [input.value], not: false }, false));
  return {
    node: input,
    show(form) {
      const fits = form?.kind === "contains" && !form.not;
      write(fits ? form.values[0] : "");
      return !form || fits;
    },
  };
}

/** What holds of the answer as a whole: how many shots, from which score on, how many of a film, folded or not. */
function filtersAnswer(change) {
  const id = `vx-answer-${(filterParts += 1)}`;
  const number = (label, attributes) => el("input", { type: "number", "aria-label": label, ...attributes });
  const inputs = {
    k: number("Shots at most", { min: "1", max: "10000", step: "1", required: true }),
    min_score: number("Least score", { min: "0", max: "1", step: "0.05", placeholder: "usual" }),
    per_film: number("Shots of one film at most", { min: "1", max: "10000", step: "1", placeholder: "any" }),
    fold: el("input", { type: "checkbox", id }),
  };
  let shown = {};
  for (const [name, input] of Object.entries(inputs)) {
    input.addEventListener("change", () => {
      const value = name === "fold" ? input.checked : input.value === "" ? null : Number(input.value);
      if (name === "k" && value === null) return show(shown);
      return change({ [name]: value });
    });
  }
  function show(options) {
    shown = options;
    for (const [name, input] of Object.entries(inputs)) {
      if (name === "fold") input.checked = options.fold !== false;
      else input.value = options[name] ?? "";
    }
  }
  const row = (words, input) => el("label", { class: "vx-option" }, el("span", {}, words), input);
  const node = el("fieldset", { class: "vx-part vx-answer" }, el("legend", {}, "answer"), row("shots at most", inputs.k), row("least score", inputs.min_score),
    row("of one film", inputs.per_film), row("fold look-alikes", inputs.fold));
  return { node, show };
}
