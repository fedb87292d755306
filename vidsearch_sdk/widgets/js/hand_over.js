// Handing over: a timeline for the editing program, a reel, a contact sheet.

const HAND_OVER_KINDS = [
  {
    name: "export", words: "Timeline", file: "selects",
    formats: [
      [".edl", "EDL (.edl)"], [".xml", "Premiere, Resolve (.xml)"], [".fcpxml", "Final Cut (.fcpxml)"], [".otio", "OpenTimelineIO (.otio)"],
      [".csv", "Markers (.csv)"],
    ],
  },
  { name: "reel", words: "Reel", file: "reel", formats: [[".mp4", "Video (.mp4)"]] },
  { name: "sheet", words: "Contact sheet", file: "sheet", formats: [[".png", "Picture (.png)"], [".jpg", "Picture (.jpg)"], [".pdf", "Page (.pdf)"]] },
];
const HAND_OVER_ALIKE = { ".jpeg": ".jpg", ".m4v": ".mp4" };
let handOverForms = 0;

/** Make the form that writes files, and the button that opens it. */
function makeHandOver(desk) {
  const opener = elButton("Hand over", { "aria-expanded": "false", "aria-keyshortcuts": "E", title: "Timeline, reel, contact sheet (E)" });
  const group = `vs-hand-${(handOverForms += 1)}`;
  const radios = HAND_OVER_KINDS.map((_, number) =>
    el("input", { type: "radio", name: group, value: String(number), checked: number === 0 }),
  );
  const kinds = el("fieldset", { class: "vs-segments" }, el("legend", { class: "vs-unseen" }, "What to write"),
    ...HAND_OVER_KINDS.map((kind, number) => el("label", {}, radios[number], el("span", {}, kind.words))));
  const what = el("select", { "aria-label": "Which shots" },
    el("option", { value: "tray" }, "Picks"), el("option", { value: "results" }, "All results"));
  const file = el("input", {
    type: "text", "aria-label": "File name", value: HAND_OVER_KINDS[0].file, spellcheck: "false", autocomplete: "off", required: true,
  });
  const format = el("select", { "aria-label": "Format" });
  const handles = el("input", { type: "number", min: "0", max: "60", step: "any", value: "0", "aria-label": "Handles in seconds" });
  const handlesBox = el("label", { class: "vs-handles" }, "Handles ", handles, " s");
  const send = el("button", { type: "submit", class: "vs-button vs-main" }, "Export");
  const said = el("div", { class: "vs-hand-said" });
  const node = el("form", { class: "vs-hand", "aria-label": "Hand over", novalidate: true, hidden: true },
    el("div", { class: "vs-hand-row" }, kinds, what, file, format, handlesBox, send), said);
  let chosen = HAND_OVER_KINDS[0];
  let running = null;

  function choose(kind) {
    // A name that was typed is kept; one that was offered goes with its kind.
    const [typed] = parted(file.value.trim());
    file.value = typed === "" || HAND_OVER_KINDS.some((one) => one.file === typed) ? kind.file : typed;
    chosen = kind;
    format.replaceChildren(...kind.formats.map(([suffix, words]) => el("option", { value: suffix }, words)));
    handlesBox.hidden = kind.name !== "export";
    send.textContent = kind.name === "export" ? "Export" : "Make";
  }

  /** Part a name from the suffix of a format that it ends with: `[bare, format]`, without format where there is none. */
  function parted(name) {
    const [suffix] = name.toLowerCase().match(/\.[a-z0-9]+$/) ?? [""];
    const known = HAND_OVER_ALIKE[suffix] ?? suffix;
    return chosen.formats.some(([one]) => one === known) ? [name.slice(0, -suffix.length), known] : [name, null];
  }

  function path() {
    const typed = file.value.trim() || chosen.file;
    return parted(typed)[1] ? typed : typed + format.value;
  }

  /** Say something below the form; a focus that was there goes on to one of the goals. */
  function tell(node, ...goals) {
    const before = [...said.children];
    said.append(node);
    for (const one of before) {
      elLeave(one, ...goals);
      one.remove();
    }
  }

  async function write(overwrite) {
    if (running) return;
    if (what.value === "tray" && !desk.tray.size) return failed(new MessageError(TRAY_EMPTY));
    const stop = (running = new AbortController());
    const bar = el("progress", { "aria-label": "How far it is" });
    const words = el("span", { class: "vs-quiet" }, `Writing ${path()} …`);
    const cancel = elButton("Cancel");
    cancel.addEventListener("click", () => {
      cancel.setAttribute("aria-disabled", "true");
      stop.abort();
      words.textContent = "Cancelling …";
    });
    tell(el("div", { class: "vs-hand-line" }, bar, words, cancel), cancel);
    // Neither button is disabled: it would lose the focus.
    send.setAttribute("aria-disabled", "true");
    const seconds = Number(handles.value);
    const handed = { path: path(), overwrite, what: what.value };
    const length = Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
    const fields = chosen.name === "export" ? { ...handed, handles_s: length } : handed;
    try {
      const answer = await desk.ask(chosen.name, fields, {
        signal: stop.signal,
        settle: true,
        progress(share, what) {
          bar.value = share;
          if (what && !stop.signal.aborted) words.textContent = what;
        },
      });
      if (!answer.path) return cancelled();
      tell(el("p", { role: "status" }, "Written: ", el("code", {}, answer.path)), send);
      desk.status.say(`Written: ${answer.path}`);
    } catch (error) {
      if (!isCancelled(error)) failed(error, handed.path);
    } finally {
      running = null;
      send.removeAttribute("aria-disabled");
    }
  }

  function cancelled() {
    tell(el("p", { class: "vs-quiet" }, "Cancelled; nothing was written."), send);
    desk.status.say("Cancelled");
  }

  function failed(error, name) {
    if (!(error instanceof MessageError)) console.error(error);
    // A script is told how to overwrite; here there is a button.
    const exists = error.fields?.exists;
    const box = el("div", { class: "vs-error", role: "alert" }, el("p", {}, exists ? `${name} exists.` : error.message));
    if (exists) {
      const replace = elButton("Replace it", { class: "vs-button" });
      replace.addEventListener("click", () => write(true));
      box.append(replace);
    }
    const close = elIconButton("close", "Dismiss");
    close.addEventListener("click", () => {
      elLeave(box, send);
      box.remove();
    });
    box.append(close);
    tell(box, ...box.querySelectorAll("button"));
  }

  function toggle() {
    if (!node.hidden) elLeave(node, opener);
    node.hidden = !node.hidden;
    opener.setAttribute("aria-expanded", String(!node.hidden));
    if (node.hidden) return;
    what.value = desk.tray.size ? "tray" : what.value;
    file.focus();
    file.select();
  }

  for (const [number, radio] of radios.entries()) radio.addEventListener("change", () => radio.checked && choose(HAND_OVER_KINDS[number]));
  // A name that ends as a format does chooses it, and a format that is chosen ends the name.
  file.addEventListener("input", () => (format.value = parted(file.value.trim())[1] ?? format.value));
  format.addEventListener("change", () => {
    const [typed, suffix] = parted(file.value.trim());
    if (suffix) file.value = typed + format.value;
  });
  node.addEventListener("submit", (event) => {
    event.preventDefault();
    write(false);
  });
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    toggle();
    opener.focus();
  });
  opener.addEventListener("click", toggle);
  desk.life.addEventListener("abort", () => running?.abort());
  choose(chosen);
  return { node, opener, toggle };
}
