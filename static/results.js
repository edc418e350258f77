// The list of results and the details of one: keys, stepping, evidence on the picture.
const drawer = document.getElementById("drawer");
const rows = () => [...document.querySelectorAll("tr[data-row]")];
const selected = () => rows().find(row => row.getAttribute("aria-selected") === "true");

function mark(row) {
  for (const other of rows()) other.removeAttribute("aria-selected");
  row?.setAttribute("aria-selected", "true");
  row?.scrollIntoView({ block: "nearest" });
}
function open(row) {
  mark(row);
  row?.querySelector("[data-details]").click();
}
function step(by) {
  const all = rows(), at = all.indexOf(selected());
  const row = all[Math.max(0, Math.min(all.length - 1, at + by))];
  if (drawer.open) return open(row);
  mark(row);
  row?.querySelector("[data-details]").focus({ preventScroll: true });
}
document.addEventListener("htmx:afterSwap", e => {
  if (e.detail.target !== drawer) return;
  const link = e.detail.requestConfig.elt;
  mark(link.closest("tr"));
  history.replaceState(history.state, "", link.getAttribute("href"));
});

// one menu of feedback for all rows; it is about the row whose button opened it
const FLAG = "[popovertarget=row-feedback]";
let flag;
const feedbackUrl = within => `${within.closest("tr").querySelector("[data-details]").getAttribute("hx-get")}feedback/`;
function say(button, key) {
  if (!button) return;
  const url = feedbackUrl(button);
  if (key === "f") htmx.ajax("POST", url, { source: button, target: "#modal", swap: "none", values: { kind: "false_positive" } });
  else htmx.ajax("GET", `${url}?kind=missed_violation`, { source: button, target: "#modal" });
}
document.addEventListener("click", e => {
  flag = e.target.closest(FLAG) ?? flag;
  const item = e.target.closest("[data-say]");
  if (!item) return;
  item.parentElement.hidePopover();
  say(flag, item.dataset.say);
});
document.addEventListener("feedback-changed", e => { // its row says so
  const line = document.querySelector(`tr:has([value="${e.detail.value}"]) .said`);
  if (line) htmx.ajax("GET", `${feedbackUrl(line)}?part=row`, { source: line, target: line, swap: "outerHTML" });
});

// what is pressed while the details are fetched is meant for those that come
const pending = new Set();
let held = "";
document.addEventListener("htmx:beforeRequest", e => { if (drawer.contains(e.detail.target)) pending.add(e.detail.xhr); });
document.addEventListener("htmx:afterRequest", e => {
  if (!pending.delete(e.detail.xhr) || pending.size) return;
  if (e.detail.successful && held) drawer.querySelector(`[data-key=${held}]`)?.click();
  held = "";
});

// filters: folded on narrow screens; suggestions for the label after the last comma
const filter = document.getElementById("result-filter");
filter?.querySelector("[data-expand]").addEventListener("click", e => e.currentTarget.setAttribute("aria-expanded", e.currentTarget.getAttribute("aria-expanded") === "false"));
filter?.elements.label.addEventListener("input", e => {
  const before = e.target.value.match(/^(.*,|!=)?\s*/)[0];
  for (const option of e.target.list.options) option.value = before + (option.dataset.label ??= option.value);
});
document.addEventListener("click", e => {
  const button = e.target.closest("[data-step]");
  if (button) return step(Number(button.dataset.step));
  const row = e.target.closest("tr[data-row]");
  if (row && (e.target.closest("[data-opens]") || !e.target.closest("a, button, input, label"))) open(row);
});

// evidence: a box for each detection hides its rectangles, pointing at it lights them up
const marks = number => document.querySelectorAll(`svg.evidence g[data-evidence="${number}"]`);
document.addEventListener("change", e => {
  const number = e.target.dataset.evidenceToggle;
  if (number) for (const group of marks(number)) group.toggleAttribute("hidden", !e.target.checked);
});
function light(e, on) {
  const number = e.target.closest?.("li[data-evidence]")?.dataset.evidence;
  if (number) for (const group of marks(number)) group.classList.toggle("lit", on);
}
for (const [name, on] of [["mouseover", true], ["mouseout", false], ["focusin", true], ["focusout", false]]) document.addEventListener(name, e => light(e, on));

document.addEventListener("keydown", e => {
  if (e.metaKey || e.ctrlKey || e.altKey || !("singleKeys" in document.body.dataset)) return;
  if (e.target.closest("input:not([type=checkbox]), textarea, select") || document.querySelector("dialog:modal")) return;
  if (e.key === "j") step(1);
  if (e.key === "k") step(-1);
  if ("fm".includes(e.key) && pending.size && drawer.open) {
    held = e.key;
    return e.stopImmediatePropagation();
  }
  if ("fm".includes(e.key) && !drawer.open) say(selected()?.querySelector(FLAG), e.key);
  if (e.key !== " " || e.target.closest("button, summary, input, pre")) return;
  const reveal = document.querySelector(".media.big [data-reveal]");
  if (reveal || drawer.open) e.preventDefault(); // or the list would scroll
  reveal?.click();
});
