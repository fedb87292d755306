// The near-duplicates that a tile stands for, opened in place below its row.

/** Open the folded shots of a tile, or close them again. */
async function toggleFolded(desk, grid, one) {
  if (one.fold) return one.fold.close(true);
  if (!one.tile.folded) return desk.status.say("Nothing is folded here");
  const opener = one.node.querySelector(".vs-folded");
  const title = el("p", { class: "vs-head" }, one.tile.folded_label);
  const close = elIconButton("close", "Close");
  const head = el("div", { class: "vs-fold-head" }, title, close);
  const box = el("div", { class: "vs-fold-box", role: "group", "aria-label": one.tile.folded_label }, head);
  const node = el("li", { class: "vs-fold" }, box);
  let inner = null;
  const fold = (one.fold = {
    node,
    close(back = false) {
      if (one.fold !== fold) return;
      const focused = node.contains(document.activeElement);
      one.fold = null;
      if (inner) desk.dropGrid(inner);
      node.remove();
      opener.setAttribute("aria-expanded", "false");
      desk.closed(fold);
      if (back || focused) one.play.focus();
    },
  });
  close.addEventListener("click", () => fold.close(true));
  opener.setAttribute("aria-expanded", "true");
  one.node.after(node);
  desk.opened(fold);
  try {
    const { set, total, label } = await desk.ask("folded", { set: grid.set, at: one.tile.at });
    if (one.fold !== fold) return;
    inner = desk.addGrid({ set, total, label, nested: true });
    box.append(inner.node);
    await inner.load();
    if (one.fold !== fold) return;
    await inner.focus(0);
    desk.status.say(label);
  } catch (error) {
    fold.close();
    desk.status.fail(error);
  }
}
