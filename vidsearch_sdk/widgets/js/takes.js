// Takes: the small films of shots, asked for when one is played, or a little before when one is likely to be.

const TAKES_DWELL = 80; // ms on a tile before the first moments of its film are made ahead
const TAKES_KEPT = 6; // whole takes that are held
const TAKES_BYTES = 48_000_000; // and their bytes in all

/** Keep the takes of one desk. */
function makeTakes(desk) {
  const whole = new Map(); // name -> take
  let ahead = null; // the one that is made before it was asked for
  let clock = null;
  let wanted = null;

  function start(where, early = false) {
    const stop = new AbortController();
    const go = new AbortController();
    const take = { name: takeName(where), head: null, chunks: [], bytes: 0, times: null, done: false, error: null, heard: new Set() };
    const tell = () => [...take.heard].forEach((hear) => hear(take));
    take.cancel = () => stop.abort();
    // What is there already is played without a word from here: whoever notes what is played is told.
    take.wanted = () => (take.done ? desk.ask("played", where).catch(() => {}) : early && go.abort());
    take.hear = (hear) => {
      take.heard.add(hear);
      hear(take);
      return () => take.heard.delete(hear);
    };
    const part = (fields, buffers) => {
      if (fields.mime) take.head = fields;
      if (fields.times) take.times = fields.times;
      for (const buffer of buffers) {
        take.chunks.push(buffer);
        take.bytes += buffer.byteLength;
      }
      tell();
    };
    desk.ask("play", early ? { ...where, ahead: true } : where, { part, signal: stop.signal, go: go.signal }).then(
      () => {
        take.done = true;
        keep(take);
        tell();
      },
      (error) => {
        take.error = error;
        tell();
      },
    );
    return take;
  }

  function keep(take) {
    if (!take.chunks.length) return;
    whole.delete(take.name);
    whole.set(take.name, take);
    let bytes = 0;
    for (const one of whole.values()) bytes += one.bytes;
    for (const [name, one] of whole) {
      if (whole.size <= 1 || (whole.size <= TAKES_KEPT && bytes <= TAKES_BYTES)) break;
      whole.delete(name);
      bytes -= one.bytes;
    }
  }

  const takes = {
    /** Give the take of a shot, `{ set, at }` or a pick's `{ set: "tray", at, key }`: held, on its way, or asked for now. */
    get(where) {
      const name = takeName(where);
      takes.notSoon(name);
      const held = whole.get(name) ?? (ahead?.name === name && !ahead.error ? ahead : null);
      if (ahead?.name === name) ahead = null;
      held?.wanted();
      return held ?? start(where);
    },
    /** A shot may be played soon: after a moment the beginning of its film is asked for, one at a time. */
    soon(where, dwell = TAKES_DWELL) {
      const name = takeName(where);
      if (!desk.can("play") || wanted === name || whole.has(name) || desk.playing(where)) return;
      takes.notSoon();
      wanted = name;
      clock = setTimeout(() => (ahead = start(where, true)), dwell);
    },
    /** A press has begun on what plays a shot: until it is a click, a tenth of a second goes by. */
    now(where) {
      const name = takeName(where);
      if (wanted === name && ahead) return;
      if (wanted === name) wanted = null;
      takes.soon(where, 0);
    },
    /** It will not, unless it is the one named. */
    notSoon(but = null) {
      clearTimeout(clock);
      wanted = null;
      if (ahead && ahead.name !== but) {
        if (!ahead.done) ahead.cancel();
        ahead = null;
      }
    },
    clear() {
      takes.notSoon();
      whole.clear();
    },
  };
  return takes;
}

/** What a take is held under: a pick by its key, for its place in the tray changes. */
function takeName({ set, at, key }) {
  return set === "tray" ? `tray/${key}` : `${set}/${at}`;
}
