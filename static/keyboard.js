// The jump palette and the shortcuts; single keys never fire in fields and can be switched off.
const palette = document.getElementById("palette");
const list = palette.querySelector("ul"), box = palette.querySelector("input"), none = palette.querySelector(".empty-line");
const find = document.querySelector.bind(document);
const SEQUENCE_MS = 900;

function entry(link, number) {
  const item = document.createElement("li"), anchor = document.createElement("a"), group = document.createElement("small");
  group.textContent = link.dataset.group;
  anchor.href = link.href;
  anchor.tabIndex = -1;
  anchor.append(link.querySelector("svg").cloneNode(true), link.textContent.trim(), group);
  item.append(anchor);
  Object.assign(item, { id: `palette-${number}`, role: "option" });
  return item;
}
function choose(item) {
  for (const other of list.children) other.setAttribute("aria-selected", other === item);
  if (item) box.setAttribute("aria-activedescendant", item.id);
  else box.removeAttribute("aria-activedescendant");
  item?.scrollIntoView({ block: "nearest" });
}
function fill() {
  const wanted = box.value.trim().toLowerCase();
  const links = [...document.querySelectorAll(".nav-item, #usermenu > a")];
  list.replaceChildren(...links.filter(link => link.textContent.toLowerCase().includes(wanted)).map(entry));
  none.hidden = list.children.length > 0;
  choose(list.firstElementChild);
}
function open() { box.value = ""; fill(); if (!palette.open) palette.showModal(); }
box.addEventListener("input", fill);
box.addEventListener("keydown", e => {
  const chosen = list.querySelector("[aria-selected=true]");
  if (e.key === "Enter" && chosen) { e.preventDefault(); chosen.firstElementChild.click(); }
  const next = { ArrowDown: chosen?.nextElementSibling, ArrowUp: chosen?.previousElementSibling };
  if (e.key in next) { e.preventDefault(); if (next[e.key]) choose(next[e.key]); }
});
find("[data-open=palette]").addEventListener("click", fill);

let previous = "", timer;
function follow(e) {
  const link = previous === "g" && find(`[data-go="${CSS.escape(e.key)}"]`);
  clearTimeout(timer);
  previous = e.key;
  timer = setTimeout(() => (previous = ""), SEQUENCE_MS);
  if (link) { previous = ""; link.click(); return true; }
  return false;
}
function singleKey(e) {
  if (e.key === "?") { e.preventDefault(); return document.getElementById("shortcuts").showModal(); }
  const search = e.key === "/" && find("[data-slash]");
  if (search) { e.preventDefault(); search.focus(); return search.select(); }
  if (!follow(e)) find(`[data-key="${CSS.escape(e.key)}"]`)?.click();
}
document.addEventListener("keydown", e => {
  const control = e.metaKey || e.ctrlKey;
  if (control && e.key.toLowerCase() === "k") { e.preventDefault(); return open(); }
  const saves = control && e.key.toLowerCase() === "s" ? [...document.querySelectorAll("[data-save]")] : [];
  if (saves.length && !find("dialog:modal")) { // that of the form with the focus, or of one that changed
    e.preventDefault();
    return (saves.find(save => !save.disabled && save.form.contains(e.target)) ?? saves.find(save => !save.disabled))?.click();
  }
  if (control || e.altKey || !("singleKeys" in document.body.dataset)) return;
  if (e.target.closest("input, textarea, select, [contenteditable]") || find("dialog:modal")) return;
  singleKey(e);
});
