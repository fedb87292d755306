// Addresses of pictures and films that came as bytes. Each holds its bytes until it is given back.

/** Keep the addresses of one view. */
function openPictures() {
  const held = new Set();
  return {
    /** Give an address to bytes. */
    take(bytes, type = "image/jpeg") {
      const address = URL.createObjectURL(new Blob(Array.isArray(bytes) ? bytes : [bytes], { type }));
      held.add(address);
      return address;
    },
    /** Keep an address that was made elsewhere. */
    adopt(address) {
      held.add(address);
    },
    /** Give addresses back; those of others, and null, are left alone. */
    release(...addresses) {
      for (const address of addresses) if (held.delete(address)) URL.revokeObjectURL(address);
    },
    close() {
      for (const address of held) URL.revokeObjectURL(address);
      held.clear();
    },
    get size() {
      return held.size;
    },
  };
}

/** Make a picture that is decoded aside; a box that says so where there is none. */
function makePicture(address, label, error = "") {
  if (address) return el("img", { src: address, alt: label, decoding: "async", draggable: "false" });
  const missing = `${label}: ${error || "no picture"}`;
  return el("div", { class: "vs-missing", role: "img", "aria-label": missing, title: error || null }, "no picture");
}
