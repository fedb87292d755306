// The stage: one shot plays in the grid, below its row, exactly and in a loop, with the keys of an editing desk.

const STAGE_FASTEST = 4;
const STAGE_KEYS = {
  " ": "toggle", j: "reverse", k: "pause", l: "forward", ArrowLeft: "stepBack", ArrowRight: "stepOn", Home: "first", End: "last",
  s: "sound", PageUp: "previous", PageDown: "next",
};

/**
 * Open the stage.
 * @param {Object} desk The desk.
 * @param {Object} shot `where`: what names it in a request; `tile`; `image`: its picture's address or null.
 * @param {Object} around `after`: the element it stands behind; `home()` takes the focus back; `act(name)` does what a
 *   key of a tile does; `neighbor(way)` plays the next (1) or the one before (-1); `shown(on)` is told that it plays.
 */
function openStage(desk, { where, tile, image }, { after, home, act, neighbor, shown }) {
  // Asked for before anything is laid out: the kernel works meanwhile.
  const take = desk.takes.get(where);
  const video = el("video", { class: "vs-video", playsinline: true, loop: true, tabindex: "-1", "aria-label": tile.label, poster: image });
  // Set as properties: a muted attribute alone is not heeded on elements that a script makes.
  video.muted = !desk.sound;
  const notice = el("div", { class: "vs-notice" }, "Making a small copy to play …");
  const clock = el("output", { class: "vs-clock", "aria-live": "off" }, tile.timecode || tile.position);
  const place = el("span", { class: "vs-place vs-quiet" });
  const seek = el("input", { type: "range", class: "vs-seek", min: "0", max: "0", value: "0", step: "1", "aria-label": "Frame" });
  const button = (icon, label, key, act) =>
    elIconButton(icon, label, { tip: `${label} (${elKeyWords(key)})`, "data-does": act, "aria-keyshortcuts": key });
  const toggle = button("pause", "Pause", "Space", "toggle");
  const sound = button("muted", "Sound", "S", "sound");
  const speedShown = el("span", { class: "vs-speed vs-quiet", "aria-live": "off" });
  const player = el(
    "div", { class: "vs-player", role: "group", tabindex: "-1", "aria-label": `Playing ${tile.label}` },
    el("div", { class: "vs-screen" }, video, notice),
    el("div", { class: "vs-below" },
      seek,
      el("div", { class: "vs-transport" },
        el("div", { class: "vs-buttons" },
          button("reverse", "Play backwards", "J", "reverse"), button("step_back", "One frame back", "ArrowLeft", "stepBack"), toggle,
          button("step_on", "One frame on", "ArrowRight", "stepOn"), button("play", "Play", "L", "forward"), speedShown),
        el("div", { class: "vs-readout" }, clock, place),
        el("div", { class: "vs-buttons" }, sound, button("close", "Close the player", "Escape", "close")))),
  );
  const told = el("div", { class: "vs-beside" }, el("p", { class: "vs-head" }, tile.title),
    tile.why ? el("p", { class: "vs-note" }, tile.why) : null, ...tileLines(tile), stageDetails(tile));
  const node = el(after.localName === "li" ? "li" : "div", { class: "vs-stage" }, el("div", { class: "vs-stage-box" }, player, told));

  let speed = 1; // frames a second, in shares of the film's own: 0 stands still, below 0 goes back
  let frame = 0;
  let began = null; // where and when playing backwards began
  let ticket = 0;
  let closed = false;

  function say(words, alert = false) {
    if (alert) notice.setAttribute("role", "alert");
    else if (notice.classList.contains("vs-wrong")) return;
    notice.classList.toggle("vs-wrong", alert);
    notice.hidden = !words;
    notice.textContent = words;
  }

  function show(number) {
    frame = number;
    const { head } = take;
    const count = frameCount(take);
    const written = head && timecodeAfter(head.start_timecode, head.first_frame + frame, head.rate);
    const seconds = take.times?.[frame] ?? (head?.rate ? (frame * head.rate[1]) / head.rate[0] : video.currentTime);
    const start = head?.position_s ?? readSeconds(tile.position);
    const position = Number.isNaN(start) ? "" : writeSeconds(start + seconds);
    clock.textContent = written || position;
    clock.title = written ? "source timecode" : "into the film";
    const named = head && `frame ${(head.first_frame + frame).toLocaleString("en")}`;
    place.textContent = [written && position, named, count && `${frame + 1} of ${count}`]
      .filter(Boolean).join(" · ");
    seek.max = String(Math.max(0, count - 1));
    seek.value = String(frame);
    seek.setAttribute("aria-valuetext", clock.textContent);
  }

  function run(wanted) {
    speed = wanted;
    began = null;
    if (speed > 0) {
      video.playbackRate = speed;
      video.play().catch(() => {});
    } else video.pause();
    if (speed < 0) began = { frame: timeWithin(take, frame), at: performance.now() };
    changeIcon(toggle, speed ? "pause" : "play");
    toggle.setAttribute("aria-label", speed ? "Pause" : "Play");
    toggle.title = speed ? "Pause (Space)" : "Play (Space)";
    speedShown.textContent = speed === 1 || speed === 0 ? "" : `${speed < 0 ? "−" : ""}${Math.abs(speed)}×`;
    if (speed < 0) requestAnimationFrame(goBack);
  }

  function goBack() {
    if (closed || !began || speed >= 0) return;
    const length = take.times ? timeWithin(take, frameCount(take) - 1) : video.duration;
    let goal = began.frame - ((performance.now() - began.at) / 1000) * -speed;
    if (goal < 0) {
      // It runs in a loop this way, too.
      goal = length;
      began = { frame: length, at: performance.now() };
    }
    if (!video.seeking && Number.isFinite(goal)) {
      const number = frameAt(take, goal);
      if (number !== frame) go(number);
    }
    requestAnimationFrame(goBack);
  }

  function go(number) {
    const count = frameCount(take);
    const goal = Math.max(0, Math.min(number, count ? count - 1 : 0));
    video.currentTime = timeWithin(take, goal);
    show(goal);
  }

  function stand(number) {
    const count = Math.max(1, frameCount(take));
    run(0);
    go((number + count) % count);
    desk.status.say(clock.textContent);
  }

  const does = {
    toggle: () => run(speed ? 0 : 1),
    pause: () => run(0),
    // The same key again doubles the speed, as on an editing desk.
    forward: () => run(speed > 0 ? Math.min(STAGE_FASTEST, speed * 2) : 1),
    reverse: () => run(speed < 0 ? Math.max(-STAGE_FASTEST, speed * 2) : -1),
    stepOn: () => stand(frame + 1),
    stepBack: () => stand(frame - 1),
    first: () => stand(0),
    last: () => stand(frameCount(take) - 1),
    sound() {
      desk.sound = video.muted;
      video.muted = !desk.sound;
      showSound();
    },
    previous: () => neighbor(-1),
    next: () => neighbor(1),
    close: () => stage.close(true),
  };

  function showSound() {
    changeIcon(sound, desk.sound ? "sound" : "muted");
    sound.setAttribute("aria-pressed", String(desk.sound));
  }

  function follow() {
    if (!video.requestVideoFrameCallback) {
      video.addEventListener("timeupdate", () => speed >= 0 && show(frameAt(take, video.currentTime)));
      return;
    }
    const next = (_now, { mediaTime }) => {
      if (closed) return;
      say("");
      if (speed > 0 || !video.paused) show(frameAt(take, mediaTime));
      ticket = video.requestVideoFrameCallback(next);
    };
    ticket = video.requestVideoFrameCallback(next);
  }

  let begin = null;
  const begun = new Promise((kept) => (begin = kept));
  const stage = {
    node, video, where, tile, begun,
    act,
    close(back = false) {
      if (closed) return;
      const focused = node.contains(document.activeElement);
      closed = true;
      began = null;
      begin();
      if (ticket) video.cancelVideoFrameCallback?.(ticket);
      deaf();
      stop();
      if (!take.done) take.cancel();
      node.remove();
      shown(false);
      desk.closed(stage);
      if (back || focused) home();
    },
  };

  node.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || elTakesText(event.target)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const name = STAGE_KEYS[key];
    // Space on a button presses the button.
    if (key === " " && event.target instanceof HTMLButtonElement) return;
    if (name) does[name]();
    else if (GRID_KEYS[key]) act(GRID_KEYS[key]);
    else return;
    event.preventDefault();
  });
  node.addEventListener("click", (event) => {
    const pressed = event.target.closest("[data-does]");
    if (pressed) does[pressed.dataset.does]();
    else if (event.target === video) does.toggle();
    // After a click the keys belong to the player, not to the button that was clicked.
    if (!closed && event.detail > 0 && player.contains(event.target) && event.target !== seek) player.focus({ preventScroll: true });
  });
  seek.addEventListener("input", () => {
    run(0);
    go(Number(seek.value));
  });
  video.addEventListener("playing", () => {
    say("");
    begin();
  });
  video.addEventListener("error", () => {
    if (!closed && video.error && video.getAttribute("src")) say("This browser cannot play this shot (H.264 in MP4).", true);
  });

  showSound();
  show(0);
  const stop = feedVideo(video, take, desk, (words) => say(words, true));
  const deaf = take.hear(() => {
    if (take.error && !isCancelled(take.error)) say(take.error.message, true);
    if (take.done || take.error) begin();
    if (take.head) show(frame);
  });
  follow();
  after.after(node);
  shown(true);
  player.focus({ preventScroll: true });
  node.scrollIntoView({ block: "nearest" });
  return stage;
}

function stageDetails(tile) {
  const list = tileDetails(tile);
  list.className = "vs-facts";
  return list;
}
