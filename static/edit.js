// Forms that are saved explicitly: which rows differ from what is stored, and asking before that is lost.
const ROW = "tr, [data-change-row]";
const find = (selector, within = document) => within.querySelector(selector);
const forms = () => document.querySelectorAll("form[data-tracks-changes]");
const unsaved = () => [...forms()].filter(form => "dirty" in form.dataset);

const chosen = options => options.map(option => option.value).join();
function stored(field) {
  if ("original" in field.dataset) return field.dataset.original;
  if (field.options) return chosen([...field.options].filter(option => option.defaultSelected)) || (field.multiple ? "" : field.options[0]?.value);
  return /checkbox|radio/.test(field.type) ? String(field.defaultChecked) : field.defaultValue;
}
function current(field) {
  if (field.options) return chosen([...field.selectedOptions]);
  return /checkbox|radio/.test(field.type) ? String(field.checked) : field.value;
}
function differs(field) {
  const before = stored(field), now = current(field);
  return field.type === "number" && before && now ? Number(before) !== Number(now) : before !== now;
}
function count(form) {
  const fields = [...form.elements].filter(field => field.name && field.type !== "hidden" && form.contains(field.closest(ROW)));
  const changed = new Set(fields.filter(differs).map(field => field.closest(ROW)));
  for (const row of form.querySelectorAll(ROW)) row.classList.toggle("changed", changed.has(row));
  form.toggleAttribute("data-dirty", changed.size > 0);
  const line = find("[data-changes]", form), { none, one, many } = line.dataset;
  const said = changed.size > 1 ? many.replace("{n}", changed.size) : changed.size ? one : none;
  if (line.textContent !== said) line.textContent = said;
  find("[data-save]", form).disabled = !changed.size;
}
function countAll() { forms().forEach(count); }
for (const name of ["input", "change"]) document.addEventListener(name, e => {
  const form = e.target.closest("form[data-tracks-changes]");
  if (form) count(form);
});
document.addEventListener("reset", () => setTimeout(countAll));

// the focus goes on: to the first bad field, to the first field, back to Edit
document.addEventListener("htmx:afterSettle", e => {
  countAll();
  const panel = e.detail.elt, asked = e.detail.requestConfig?.elt;
  if (!asked || asked.isConnected && !panel.contains(asked) || find("dialog:modal")) return;
  const form = panel.matches("form[data-tracks-changes]") ? panel : find("form[data-tracks-changes]", panel);
  const next = form && (find("[aria-invalid=true]", form) ?? (asked.matches("[data-key=e], [data-edits]") && find(`:is(${ROW}) :is(input, select, textarea)`, form)));
  const back = !form && asked.matches("form[data-tracks-changes], [data-discard]") && (find(`[data-edits="${asked.closest("form")?.id}"]`, panel) ?? find("[data-key=e]", panel));
  (next || back)?.focus?.({ preventScroll: Boolean(back) });
});

// leaving
addEventListener("beforeunload", e => { if (unsaved().length) e.preventDefault(); });
document.addEventListener("htmx:confirm", e => { // console.js asks
  const { elt, target, question } = e.detail, { discard } = elt.dataset, own = discard ? document.getElementById(discard) : discard === "" ? elt.closest("form") : elt;
  const form = unsaved().find(other => other !== own && target?.contains(other));
  if (!form || question) return;
  const { leave, leaveDetail, leaveVerb } = find("[data-changes]", form).dataset;
  Object.assign(e.detail, { question: leave, confirmDetail: leaveDetail, confirmVerb: leaveVerb });
}, true);
document.addEventListener("htmx:beforeOnLoad", e => { // saved: going elsewhere now loses nothing
  const { requestConfig, xhr } = e.detail;
  if (requestConfig.verb === "post" && xhr.status < 400 && !xhr.getResponseHeader("HX-Retarget")) requestConfig.elt.removeAttribute("data-dirty");
});

// a dialog over the form submits it with some values changed: reviewed, or based on another version
document.addEventListener("click", e => {
  const button = e.target.closest("[data-submit-form]");
  if (!button) return;
  const form = document.getElementById(button.dataset.submitForm);
  for (const [name, value] of Object.entries(JSON.parse(button.dataset.set ?? "{}"))) form.elements[name].value = value;
  button.closest("dialog")?.close();
  form.requestSubmit();
});
countAll();
