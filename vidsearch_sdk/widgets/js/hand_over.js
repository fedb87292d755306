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
  { name: "sheet", words: "Contact sheet", file: "sheet", formats: [[".png", "Picture (.png)"], [".jpg", "Picture (.jpg)"]] },
];
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
    if (file.value.trim() === "" || HAND_OVER_KINDS.some((one) => one.file === file.value)) file.value = kind.file;
    chosen = kind;
    format.replaceChildren(...kind.formats.map(([suffix, words]) => el("option", { value: suffix }, words)));
    handlesBox.hidden = kind.name !== "export";
    send.textContent = kind.name === "export" ? "Export" : "Make";
  }

  function path() {
    const typed = file.value.trim() || chosen.file;
    return typed.toLowerCase().endsWith(format.value) ? typed : typed + format.value;
  }

  async function write(overwrite) {
    if (running) return;
    const stop = (running = new AbortController());
    const bar = el("progress", { "aria-label": "How far it is" });
    const words = el("span", { class: "vs-quiet" }, `Writing ${path()} …`);
    const cancel = elButton("Cancel");
    cancel.addEventListener("click", () => {
      cancel.disabled = true;
      stop.abort();
      words.textContent = "Cancelling …";
    });
    said.replaceChildren(el("div", { class: "vs-hand-line" }, bar, words, cancel));
    send.disabled = true;
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
      said.replaceChildren(el("p", { role: "status" }, "Written: ", el("code", {}, answer.path)));
      desk.status.say(`Written: ${answer.path}`);
    } catch (error) {
      if (!isCancelled(error)) failed(error);
    } finally {
      running = null;
      send.disabled = false;
      if (!desk.root.contains(document.activeElement) || document.activeElement === document.body) said.querySelector("button")?.focus();
    }
  }

  function cancelled() {
    said.replaceChildren(el("p", { class: "vs-quiet" }, "Cancelled; nothing was written."));
    desk.status.say("Cancelled");
  }

  function failed(error) {
    if (!(error instanceof MessageError)) console.error(error);
    const box = el("div", { class: "vs-error", role: "alert" }, el("p", {}, error.message));
    if (error.fields?.exists) {
      const replace = elButton("Replace it", { class: "vs-button" });
      replace.addEventListener("click", () => write(true));
      box.append(replace);
    }
    const close = elIconButton("close", "Dismiss");
    close.addEventListener("click", () => {
      box.remove();
      send.focus();
    });
    box.append(close);
    said.replaceChildren(box);
  }

  function toggle() {
    node.hidden = !node.hidden;
    opener.setAttribute("aria-expanded", String(!node.hidden));
    if (node.hidden) return;
    what.value = desk.tray.size ? "tray" : what.value;
    file.focus();
    file.select();
  }

  for (const [number, radio] of radios.entries()) radio.addEventListener("change", () => radio.checked && choose(HAND_OVER_KINDS[number]));
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
