// Choosing several of a list: click, Shift-click, x, all.
const ITEM = "[data-select-item]";
const LIST = "[data-selects]", BOX = "input[type=checkbox]";
const on = document.addEventListener.bind(document);
const lists = () => document.querySelectorAll(LIST);
const boxes = list => [...list.querySelectorAll(`${ITEM} ${BOX}`)];
let last, isRange; // the box set before; with Shift

function paint(list) {
  const all = boxes(list), count = all.filter(box => box.checked).length;
  const whole = list.querySelector("[data-select-all]"), said = list.querySelector("[data-selected]");
  if (whole) Object.assign(whole, { checked: count && count === all.length, indeterminate: count && count < all.length });
  if (said) said.textContent = count === 1 ? said.dataset.one : said.dataset.many.replace("{n}", count);
}
function set(list, changed, value) {
  for (const box of changed) box.checked = value;
  paint(list);
}
function choose(box) {
  const list = box.closest(LIST), all = boxes(list), from = all.indexOf(last), to = all.indexOf(box);
  const range = isRange && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [];
  last = box;
  set(list, range, box.checked);
}
on("click", e => {
  isRange = e.shiftKey;
  const list = e.target.closest(LIST);
  if (e.target.closest("[data-select-none]")) return set(list, boxes(list), false);
  const item = e.target.closest(ITEM);
  if (item && item.dataset.selectItem !== "opens" && !e.target.closest("a, button, input, label, select, summary")) item.querySelector(BOX).click();
});
on("mousedown", e => { if (e.shiftKey && e.target.closest(ITEM)) e.preventDefault(); });
on("change", e => {
  const list = e.target.closest(LIST);
  if (!list) return;
  if (e.target.matches("[data-select-all]")) set(list, boxes(list), e.target.checked);
  else if (e.target.closest(ITEM) && e.target.type === "checkbox") choose(e.target);
});
on("keydown", e => {
  if (e.metaKey || e.ctrlKey || e.altKey || !("singleKeys" in document.body.dataset) || document.querySelector("dialog:modal")) return;
  if (e.target.closest("input:not([type=checkbox]), textarea, select")) return;
  if (e.key === "Escape" && !e.defaultPrevented) for (const list of lists()) set(list, boxes(list), false);
  if (e.key.toLowerCase() !== "x") return;
  const item = e.target.closest(ITEM) ?? document.querySelector(`${ITEM}[aria-selected=true]`) ?? document.querySelector(`${ITEM}:hover`);
  isRange = e.shiftKey;
  item?.querySelector(BOX).click();
});
on("htmx:afterSettle", () => lists().forEach(paint));
lists().forEach(paint);
