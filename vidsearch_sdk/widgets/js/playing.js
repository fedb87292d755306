// Feeds a take into a video element while it still arrives, and knows which frame is shown.

/**
 * Play a take in a video element.
 * @param {HTMLVideoElement} video Where.
 * @param {Object} take What.
 * @param {Object} desk For addresses.
 * @param {function} fail Told an error in words.
 * @returns {function} Ends it and gives its memory back.
 */
function feedVideo(video, take, desk, fail) {
  const Source = globalThis.MediaSource ?? globalThis.ManagedMediaSource;
  let source = null;
  let buffer = null;
  let fed = 0;
  let address = null;
  let closed = false;
  let mode = null; // "stream" while it arrives, "whole" where the browser cannot

  /** Opened before anything has come, which takes a browser some time. */
  function open() {
    source = new Source();
    if (Source === globalThis.ManagedMediaSource) video.disableRemotePlayback = true;
    address = URL.createObjectURL(source);
    desk.pictures.adopt(address);
    source.addEventListener("sourceopen", advance);
    video.src = address;
    video.play().catch(() => {});
  }

  function choose() {
    mode = Source?.isTypeSupported(take.head.mime) ? "stream" : "whole";
    if (mode === "stream" || !address) return;
    desk.pictures.release(address);
    address = null;
  }

  function advance() {
    if (closed) return;
    if (mode === null && take.head) choose();
    if (mode === "stream" && !buffer && source.readyState === "open") {
      buffer = source.addSourceBuffer(take.head.mime);
      buffer.addEventListener("updateend", advance);
    }
    if (mode === "whole" && take.done && !address) {
      address = desk.pictures.take(take.chunks, take.head.mime.split(";")[0]);
      video.src = address;
      video.play().catch(() => {});
    }
    if (mode !== "stream" || !buffer || buffer.updating || source.readyState !== "open") return;
    try {
      if (fed < take.chunks.length) buffer.appendBuffer(take.chunks[fed++]);
      else if (take.done) source.endOfStream();
    } catch (error) {
      fail(`This shot cannot be played in this browser (${error.name}).`);
    }
  }

  if (Source) open();
  const deaf = take.hear(advance);
  return () => {
    closed = true;
    deaf();
    video.pause();
    video.removeAttribute("src");
    video.load();
    desk.pictures.release(address);
  };
}

/** Which frame is shown at a time of the proxy: its times are known at the end, its rate from the beginning. */
function frameAt(take, seconds) {
  const { times } = take;
  if (times?.length) {
    let low = 0;
    let high = times.length - 1;
    // A frame is shown from its time on; the media clock may lie a hair before it.
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (times[middle] <= seconds + 0.0005) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  const rate = take.head?.rate;
  return rate ? Math.max(0, Math.floor((seconds * rate[0]) / rate[1] + 0.02)) : 0;
}

/** A time within a frame, away from its edges, where seeking lands on it. */
function timeWithin(take, frame) {
  const { times } = take;
  if (times?.length) {
    const start = times[frame];
    const next = times[frame + 1] ?? start + (times.length > 1 ? start - times[frame - 1] : 0.04);
    return start + (next - start) / 2;
  }
  const rate = take.head?.rate;
  return rate ? ((frame + 0.5) * rate[1]) / rate[0] : 0;
}

/** How many frames a take has; 0 before that is known. */
function frameCount(take) {
  return take.times?.length ?? take.head?.frames ?? 0;
}
