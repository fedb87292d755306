// The static page stands in the notebook before and after the live desk: it lends its pictures, steps aside, and comes back.

const staticPageUsers = new WeakMap(); // page -> how many views stand in its place

/** Find the static page of a key; it may not be there. */
function findStaticPage(key) {
  const none = { pictures: new Map(), hide() {}, show() {} };
  if (!key) return none;
  const pages = [...document.querySelectorAll("[data-vs-page]")].filter((page) => page.dataset.vsPage === key);
  if (!pages.length) return none;
  const pictures = new Map();
  for (const item of pages[0].querySelectorAll("li[data-vs-at]")) {
    const at = Number(item.dataset.vsAt);
    // Addresses that hold the picture itself, and nothing else.
    const sources = [...item.querySelectorAll(".vs-picture img")].map((image) => image.getAttribute("src"));
    if (Number.isInteger(at)) pictures.set(at, sources.filter((source) => source.startsWith("data:image/jpeg;base64,")));
  }
  let hidden = false;
  const count = (by) => {
    for (const page of pages) {
      const users = (staticPageUsers.get(page) ?? 0) + by;
      staticPageUsers.set(page, users);
      page.hidden = users > 0;
    }
  };
  return {
    pictures,
    hide() {
      if (!hidden) count(1);
      hidden = true;
    },
    show() {
      if (hidden) count(-1);
      hidden = false;
    },
  };
}
