// What every widget carries. The front end itself is asked for once per page: a browser keeps each module until the
// page is closed, so that a module for every grid would never go away, and it need not travel again.

const VERSION = "{version}";

export default {
  async render(view) {
    const loaded = (globalThis[Symbol.for("vidsearch_sdk.desks")] ??= {});
    const desk = await (loaded[VERSION] ?? ask(view.model, loaded));
    return desk?.render(view);
  },
};

// Each view asks for itself until the first is answered: the one that asked first may be gone by then.
function ask(model, loaded) {
  return new Promise((resolve) => {
    const id = Math.floor(Math.random() * 2 ** 32) * 2 ** 16;
    const hear = (message) => {
      if (message?.id !== id) return;
      model.off("msg:custom", hear);
      resolve((loaded[VERSION] ??= make(message)));
    };
    model.on("msg:custom", hear);
    try {
      model.send({ id, do: "script" });
    } catch {
      resolve(null); // without a kernel the static page is all there is
    }
  });
}

async function make({ script, sheet }) {
  const style = document.createElement("style");
  style.textContent = sheet;
  document.head.append(style);
  const address = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  try {
    return (await import(address)).default;
  } finally {
    URL.revokeObjectURL(address);
  }
}
