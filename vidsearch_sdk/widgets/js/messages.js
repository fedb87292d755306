// Talks to the kernel: requests with answers that may come in parts, and what it pushes by itself.
//
// Every request carries a number, and its answers carry it back. A request ends with one message that says
// `done` or `error`. Several views, and several browsers, may share one kernel: the numbers start at random.

const MESSAGES_PATIENCE = 10_000; // ms of silence before the kernel is asked whether it is there, and again until it is given up

/** An error that is said to the person as it is. */
class MessageError extends Error {
  constructor(words, fields = {}) {
    super(words);
    this.name = "MessageError";
    this.fields = fields;
  }
}

/**
 * Open the line of one view.
 * @param {Object} model The widget's model.
 * @param {Object} told `silence(words, gone)` when the kernel does not answer, or `gone` when nothing can be sent to it
 *   any more; `speech()` when it does again.
 */
function openLine(model, { silence, speech }) {
  let last = Math.floor(Math.random() * 2 ** 32) * 2 ** 16;
  const asked = new Map();
  const heard = new Map();
  let closed = false;
  let silent = false;
  let clock = null;
  let probe = null;

  const receive = (message, buffers = []) => {
    if (closed || !message || typeof message !== "object") return;
    watch(true);
    if (silent) {
      silent = false;
      speech();
    }
    if (message.push) {
      for (const each of [...(heard.get(message.push) ?? [])]) each(message, buffers);
      return;
    }
    const request = asked.get(message.id);
    if (!request) return;
    const { id, done, error, progress, words, ...fields } = message;
    if (error !== undefined) return end(id, () => request.reject(new MessageError(error, fields)));
    if (progress !== undefined) request.progress?.(progress, words ?? "");
    if (Object.keys(fields).length || buffers.length) {
      request.part?.(fields, buffers);
      Object.assign(request.fields, fields);
      if (!request.part) request.buffers.push(...buffers);
    }
    if (done) end(id, () => request.resolve({ ...request.fields, buffers: request.buffers }));
  };

  function end(id, finish) {
    asked.delete(id);
    if (!asked.size) watch(false);
    finish();
  }

  // While something is asked, the kernel's silence is timed; whatever it says starts the clock anew.
  function watch(on) {
    clearTimeout(clock);
    clock = null;
    if (on) probe = null;
    if (!on || closed || !asked.size) return;
    clock = setTimeout(() => {
      probe = ++last;
      if (send({ id: probe, do: "ping" })) clock = setTimeout(() => giveUp(false), MESSAGES_PATIENCE);
    }, MESSAGES_PATIENCE);
  }

  function giveUp(gone) {
    silent = true;
    clearTimeout(clock);
    clock = null;
    const words = gone ? "The kernel was restarted: run this cell again." : "The kernel does not answer: it is busy or gone.";
    const lost = [...asked.values()];
    asked.clear();
    for (const request of lost) request.reject(new MessageError(words, { silence: true }));
    silence(words, gone);
  }

  function send(message) {
    try {
      model.send(message);
      return true;
    } catch {
      // The line is cut for good: another kernel knows nothing of this desk.
      if (!closed) giveUp(true);
      return false;
    }
  }

  model.on("msg:custom", receive);

  return {
    /**
     * Ask for something.
     * @param {string} name What is done.
     * @param {Object} fields The rest of the request.
     * @param {Object} options `part(fields, buffers)` is called with each part of a stream; without it all parts are
     *   merged. `progress(share, words)`; `signal` cancels; `go`, when it is set off, says that what was asked ahead is
     *   wanted now. With `settle` the answer is waited for all the same: what
     *   leaves something behind knows best whether it was cancelled in time.
     * @returns {Promise<Object>} The answer's fields, and `buffers`.
     */
    ask(name, fields = {}, { part, progress, signal, go, settle = false } = {}) {
      return new Promise((resolve, reject) => {
        if (closed || signal?.aborted) return reject(new DOMException("cancelled", "AbortError"));
        const id = ++last;
        asked.set(id, { resolve, reject, part, progress, fields: {}, buffers: [] });
        signal?.addEventListener(
          "abort",
          () => {
            if (!asked.has(id)) return;
            if (!settle) end(id, () => reject(new DOMException("cancelled", "AbortError")));
            send({ id: ++last, do: "cancel", which: id });
          },
          { once: true },
        );
        go?.addEventListener("abort", () => asked.has(id) && send({ id: ++last, do: "go", which: id }), { once: true });
        if (!clock) watch(true);
        send({ ...fields, id, do: name });
      });
    },
    /** Hear what the kernel pushes under a name; gives what ends it. */
    on(name, hear) {
      if (!heard.has(name)) heard.set(name, new Set());
      heard.get(name).add(hear);
      return () => heard.get(name).delete(hear);
    },
    /** End: what still runs is cancelled, nothing is heard any more. */
    close() {
      if (closed) return;
      closed = true;
      for (const [id, request] of asked) {
        send({ id: ++last, do: "cancel", which: id });
        request.reject(new DOMException("closed", "AbortError"));
      }
      asked.clear();
      watch(false);
      heard.clear();
      model.off("msg:custom", receive);
    },
  };
}

/** Whether an error only says that something is no longer wanted. */
function isCancelled(error) {
  return error?.name === "AbortError";
}
