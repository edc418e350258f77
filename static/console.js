// What every page has: toasts, preferences, dialogs, confirmation, copying, showing images.
const root = document.documentElement;
const text = document.body.dataset;
const on = document.addEventListener.bind(document);
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const clone = template => find(template).content.firstElementChild.cloneNode(true);
const TOAST_MS = 6000;

function toast({ kind = "success", text: message }) {
  if (all("#toasts .error").some(other => other.textContent.trim() === message)) return; // a poll says it again and again
  const element = clone("#toast-template");
  element.classList.replace("success", kind);
  find("span", element).textContent = message;
  find("#toasts").append(element);
  fade(element);
}
function fade(element) {
  if (!element.classList.contains("error")) setTimeout(() => element.remove(), TOAST_MS);
}
on("toast", e => toast(e.detail));
all("#toasts .toast").forEach(fade);

// htmx: short URLs, honest errors, dialogs that open when they are filled
on("htmx:configRequest", e => {
  if (e.detail.verb !== "get") return;
  for (const [name, value] of [...e.detail.formData.entries()]) if (value === "") e.detail.formData.delete(name);
});
function fail({ detail: { xhr, target, requestConfig, pathInfo } }) {
  if (xhr.getResponseHeader("HX-Trigger")) return; // the answer brought its own toast
  const message = xhr.status ? `${text.failed} ${xhr.status}.` : text.unreachable;
  if (requestConfig.verb !== "get" || !target.matches(".dim:not(.scope)")) return toast({ kind: "error", text: message });
  const sign = clone("#failed-template");
  find("p", sign).textContent = message;
  find("button", sign).setAttribute("hx-get", pathInfo.finalRequestPath);
  target.replaceChildren(sign);
  htmx.process(sign);
}
on("htmx:responseError", fail);
on("htmx:sendError", fail);
on("htmx:beforeSwap", e => { // what was unfolded stays so
  const open = all("details[id][open]", e.detail.target).map(details => `#${details.id}`).join();
  if (open) on("htmx:afterSwap", () => all(open).forEach(details => { details.open = true; }), { once: true });
});

const modal = find("#modal"), drawer = find("#drawer");
let opener;
all("form[hx-target='#modal']").forEach(form => form.removeAttribute("hx-post")); // a dialog's form on a page of its own
const bad = ":is(#modal, .form-card) [aria-invalid=true]";
find(bad)?.focus();
on("htmx:afterSettle", e => { if (e.detail.target === modal) find(bad)?.focus(); });
function name(dialog) { // a filled dialog is named by its heading, an empty one by its label
  const heading = find("h2[id]", dialog);
  if (heading) dialog.setAttribute("aria-labelledby", heading.id);
  else dialog.removeAttribute("aria-labelledby");
}
on("htmx:afterSwap", e => {
  const dialog = e.detail.target;
  if (dialog !== modal && dialog !== drawer) return;
  name(dialog);
  for (const field of all("[data-equals]", dialog)) field.dispatchEvent(new Event("input", { bubbles: true }));
  if (dialog.open) return;
  opener = e.detail.requestConfig.elt;
  if (dialog === modal) { dialog.showModal(); find("[autofocus], input:not([type=hidden])", dialog)?.focus(); }
  else dialog.show();
});
function closeDrawer() {
  drawer.close();
  drawer.replaceChildren();
  name(drawer);
  const url = new URL(location);
  url.searchParams.delete("open");
  history.replaceState(history.state, "", url);
  (find("[aria-selected=true] [data-details]") ?? opener)?.focus();
}
on("close-modal", () => modal.close());
on("input", e => { // what cannot be undone asks for the name
  if ("equals" in e.target.dataset) find("[type=submit]", e.target.form).disabled = e.target.value.trim() !== e.target.dataset.equals;
});
modal?.addEventListener("close", () => { modal.replaceChildren(); name(modal); if (opener?.isConnected) opener.focus(); });
on("keydown", e => { if (e.key === "Escape" && drawer?.open && !find("dialog:modal")) { e.preventDefault(); closeDrawer(); } });

// hx-confirm in a dialog of our own; the button repeats the verb
on("htmx:confirm", e => {
  if (!e.detail.question) return;
  e.preventDefault();
  const { question, confirmDetail = "", confirmVerb, confirmDanger } = { ...e.detail.elt.dataset, ...e.detail };
  ask(question, confirmDetail, confirmVerb, confirmDanger !== undefined).then(yes => yes && e.detail.issueRequest(true));
});
function ask(title, detail, verb, isDangerous) {
  const dialog = find("#confirm"), yes = find("[data-yes]", dialog);
  find("h2", dialog).textContent = title;
  find("p", dialog).textContent = detail;
  yes.dataset.verb ??= yes.textContent;
  yes.textContent = verb || yes.dataset.verb;
  yes.classList.toggle("danger", isDangerous);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise(resolve => {
    yes.onclick = () => dialog.close("yes");
    find("[data-no]", dialog).onclick = () => dialog.close();
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

// preferences: shown at once, put back if they cannot be kept
function keep(button, preference, value) {
  const previous = root.dataset[preference];
  root.dataset[preference] = value;
  button.addEventListener("htmx:afterRequest", e => { if (!e.detail.successful) root.dataset[preference] = previous; }, { once: true });
  htmx.ajax("POST", text.preferencesUrl, { source: button, swap: "none", values: { [preference]: value } }).catch(() => {}); // it was told
}
const isDark = () => (root.dataset.theme === "system" ? matchMedia("(prefers-color-scheme: dark)").matches : root.dataset.theme === "dark");
let blurWhenOn = root.dataset.blur === "off" ? "blur" : root.dataset.blur;
const toggles = {
  theme: button => keep(button, "theme", isDark() ? "light" : "dark"),
  blur(button) {
    const value = root.dataset.blur === "off" ? blurWhenOn : "off";
    keep(button, "blur", value);
    button.setAttribute("aria-pressed", value !== "off");
  },
};
on("preferences", e => { // saved on the Preferences page
  Object.assign(root.dataset, { theme: e.detail.theme, blur: e.detail.blur });
  if (e.detail.blur !== "off") blurWhenOn = e.detail.blur;
  document.body.toggleAttribute("data-single-keys", e.detail.single_key_shortcuts);
  find("[data-toggle=blur]")?.setAttribute("aria-pressed", e.detail.blur !== "off");
});

async function copy(button) {
  const source = button.dataset.copyFrom ? document.getElementById(button.dataset.copyFrom).textContent : button.dataset.copy;
  if (navigator.clipboard) await navigator.clipboard.writeText(source);
  else { // plain http has none
    const area = document.createElement("textarea");
    area.value = source;
    (button.closest("dialog") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  toast({ text: text.copied });
}
const actions = {
  "[data-dismiss]": button => button.closest(".toast").remove(),
  "[data-open]": button => document.getElementById(button.dataset.open).showModal(),
  "[data-close]": button => button.closest("dialog").close(),
  "[data-close-drawer]": closeDrawer,
  "[data-copy], [data-copy-from]": copy,
  "[data-toggle]": button => toggles[button.dataset.toggle](button),
  "[data-reveal]": button => button.setAttribute("aria-pressed", button.closest(".media").classList.toggle("reveal")),
};
on("click", e => {
  if (e.target.matches("dialog.dialog")) return e.target.close(); // the backdrop
  for (const [selector, act] of Object.entries(actions)) {
    const button = e.target.closest(selector);
    if (button) return act(button);
  }
});

// a switch outside a form shows the new state at once; if it is not kept, it goes back
on("htmx:afterRequest", e => { if (e.target.matches(".switch") && !e.detail.successful) e.target.checked = !e.target.checked; });

// rows of tabs that scroll on a narrow screen: keep the current one in sight
function center() {
  for (const current of all(":is(.tabs, .types) [aria-current]")) {
    const row = current.parentElement, left = element => element.getBoundingClientRect().left;
    row.scrollLeft += left(current) - left(row) - (row.clientWidth - current.offsetWidth) / 2;
  }
}
on("htmx:afterSettle", center);
center();
