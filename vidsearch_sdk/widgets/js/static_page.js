// The static page stands in the notebook before and after the live desk: it lends its pictures, steps aside, and comes back.

/**
 * Take the place of the static page with a key; there may be none.
 * @param {string} key Its `data-vs-page`.
 * @param {HTMLElement} place Where a rule that hides it may stand.
 */
function findStaticPage(key, place) {
  const find = () => (key ? [...document.querySelectorAll("[data-vs-page]")].filter((page) => page.dataset.vsPage === key) : []);
  // A rule rather than a mark on the page: notebooks draw outputs late, and anew.
  const rule = el("style", {}, key ? `.vidsearch[data-vs-page="${CSS.escape(key)}"] { display: none !important; }` : "");
  return {
    get there() {
      return find().length > 0;
    },
    /** Addresses of the pictures of each tile, by its place. */
    pictures() {
      const lent = new Map();
      for (const item of find()[0]?.querySelectorAll("li[data-vs-at]") ?? []) {
        const at = Number(item.dataset.vsAt);
        const sources = [...item.querySelectorAll(".vs-picture img")].map((image) => image.getAttribute("src"));
        // Addresses that hold the picture itself, and nothing else.
        if (Number.isInteger(at)) lent.set(at, sources.filter((source) => source?.startsWith("data:image/jpeg;base64,")));
      }
      return lent;
    },
    hide() {
      if (key) place.append(rule);
    },
    show() {
      rule.remove();
    },
  };
}
