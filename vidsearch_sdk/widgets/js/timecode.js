// Frames and seconds as people write them; the same rules as the package's own (SMPTE ST 12-1 for drop-frame).

/** Write seconds as HH:MM:SS.mmm. */
function writeSeconds(seconds) {
  const ms = Math.round(Math.max(0, seconds) * 1000);
  return `${writeClock(Math.floor(ms / 1000))}.${String(ms % 1000).padStart(3, "0")}`;
}

function writeTwo(number) {
  return String(number).padStart(2, "0");
}

function writeClock(seconds) {
  return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(writeTwo).join(":");
}

/** Read HH:MM:SS.mmm; NaN where it is none. */
function readSeconds(text) {
  const found = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  return found ? Number(found[1]) * 3600 + Number(found[2]) * 60 + Number(found[3]) : NaN;
}

/**
 * Count on from a timecode.
 * @param {string} start HH:MM:SS:FF, with ; before the frames where numbers are dropped.
 * @param {number} frames How many frames later.
 * @param {[number, number]} rate Frames a second, as a fraction.
 */
function timecodeAfter(start, frames, rate) {
  const found = /^(\d{1,2}):(\d\d):(\d\d)([:;.,])(\d{2,3})$/.exec(start);
  if (!found || !rate) return "";
  const nominal = Math.max(1, Math.round(rate[0] / rate[1]));
  const dropped = found[4] === ";" ? nominal / 15 : 0;
  const minutes = Number(found[1]) * 60 + Number(found[2]);
  let count = (minutes * 60 + Number(found[3])) * nominal + Number(found[5]) - dropped * (minutes - Math.floor(minutes / 10));
  count += frames;
  if (dropped) {
    const perMinute = nominal * 60 - dropped;
    const perTen = perMinute * 10 + dropped;
    const rest = count % perTen;
    count += dropped * 9 * Math.floor(count / perTen);
    if (rest >= nominal * 60) count += dropped * (Math.floor((rest - nominal * 60) / perMinute) + 1);
  }
  const seconds = Math.floor(count / nominal);
  return `${writeClock(seconds % 86_400)}${found[4]}${writeTwo(count % nominal)}`;
}
