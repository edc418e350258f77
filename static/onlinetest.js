// Online test: collects files, uploads three at a time into the run that the server started.
const find = (selector, within = document) => within.querySelector(selector);
const template = find("#upload"), say = template.dataset;
const LANES = 3, MAX_IMAGES = Number(say.maxImages), MAX_BYTES = Number(say.maxBytes);
let ready = []; // cards that wait for Test; those of files that cannot be sent go along and stay in the list
let queue = []; // cards that wait for a lane
const busy = new Map(); // form → card
const before = new Map(); // id of a card → its picture before, and whether that had the focus

const goodCount = () => ready.filter(card => card.dataset.state === "local").length + urlCount();
const urlCount = () => find("#id_urls").value.split("\n").filter(line => line.trim()).length;
function paint() {
  const isEmpty = !find("#cards").children.length;
  find("#waiting-count").textContent = goodCount() || "";
  find("#nothing").hidden = !isEmpty;
  find("#clear").hidden = isEmpty;
}
function fail(card, message, again) {
  card.dataset.state = "failed";
  find("progress", card).hidden = find("small", card).hidden = true;
  find(".err", card).hidden = false;
  find(".err span", card).textContent = message;
  find("[data-again]", card).hidden = !again;
}
function add(file) {
  const card = template.content.firstElementChild.cloneNode(true), form = find("form", card), image = find("img", card);
  card.ariaLabel = find(".trunc", card).textContent = find(".trunc", card).title = file.name;
  const transfer = new DataTransfer(), isTooLarge = file.size > MAX_BYTES;
  if (isTooLarge) form.unsent_bytes.value = file.size;
  transfer.items.add(isTooLarge ? new File([], file.name) : file);
  form.image.files = transfer.files;
  image.onerror = () => { image.remove(); find(".reveal-btn", card)?.remove(); };
  image.src = URL.createObjectURL(file);
  find("#cards").append(card);
  ready.push(card);
  if (!file.size) fail(card, say.empty, false);
  if (isTooLarge) fail(card, say.tooLarge, false);
}
function take(files) {
  const run = find("#run");
  if ("uploadUrl" in run.dataset && !queue.length && !busy.size && !ready.length) clearRun(run);
  const room = Math.max(0, MAX_IMAGES - ready.length - urlCount());
  files.slice(0, room).forEach(add);
  const left = files.slice(room);
  refuse(left.length ? `${say.tooMany} ${left.slice(0, 5).map(file => file.name).join(", ")}${left.length > 5 ? ` + ${left.length - 5}` : ""}` : "");
  paint();
}
function clearRun(run) { // the run stays in Recent tests
  delete run.dataset.uploadUrl;
  find("#progress")?.remove();
  find("#cards").replaceChildren();
  history.pushState(null, "", find("#clear").href);
}
function refuse(message) {
  const paragraph = document.createElement("p");
  paragraph.className = "alert error";
  paragraph.textContent = message;
  find("#refusal").replaceChildren(...(message ? [paragraph] : []));
}

// uploads, three at a time
document.addEventListener("htmx:configRequest", e => {
  if (e.target.id === "test-form") { e.detail.formData.set("upload_count", goodCount() ? ready.length : 0); e.detail.formData.delete("images"); }
});
document.addEventListener("htmx:afterSwap", e => {
  if (e.detail.target.id === "test-form") return paint();
  if (e.detail.requestConfig?.elt.id !== "test-form") return;
  const run = find("#run");
  let position = Number(run.dataset.nextPosition);
  for (const card of ready) {
    const form = find("form", card);
    form.position.value = position++;
    form.setAttribute("hx-post", run.dataset.uploadUrl);
    find("[data-remove]", card).remove();
    find("#cards").append(card);
    htmx.process(card);
  }
  queue.push(...ready);
  ready = [];
  find("#results-title").scrollIntoView({ block: "nearest" });
  find("#id_urls").value = "";
  refuse("");
  pump();
});
function pump() {
  while (busy.size < LANES && queue.length) {
    const card = queue.shift(), form = find("form", card);
    busy.set(form, card);
    card.dataset.state = "uploading";
    find("small", card).textContent = say.uploading;
    htmx.trigger(form, "run");
  }
  paint();
}
document.addEventListener("htmx:xhr:progress", e => {
  const form = e.target.closest("form");
  if (busy.has(form) && e.detail.lengthComputable) find("progress", form).value = 100 * e.detail.loaded / e.detail.total;
});
document.addEventListener("htmx:beforeSwap", e => {
  const card = busy.get(e.detail.requestConfig.elt), id = /item-\d+/.exec(e.detail.serverResponse)?.[0];
  if (card && id) keep(card, id);
});
document.addEventListener("htmx:oobBeforeSwap", e => keep(e.detail.target, e.detail.target.id));
function keep(card, id) {
  const media = find(".media", card);
  if (media) before.set(id, [media, media.contains(document.activeElement)]);
}
document.addEventListener("htmx:afterRequest", e => {
  const form = e.detail.requestConfig.elt, card = busy.get(form);
  if (!card) return;
  busy.delete(form);
  if (!e.detail.successful) fail(card, e.detail.xhr.status === 400 ? e.detail.xhr.responseText : say.failed, true);
  pump();
});
document.addEventListener("htmx:load", e => { // what was shown stays shown, and a local picture until there is another
  const card = e.detail.elt, media = find(".media", card), [old, hadFocus] = before.get(card.id) ?? [];
  if (!media || !old) return;
  if (find("img", media)) { if (old.matches(".reveal")) find("[data-reveal]", media).click(); }
  else if (find("img", old)) media.replaceWith(old);
  if (hadFocus) find("[data-reveal]", card)?.focus({ preventScroll: true });
});

// no toast for a poll, which is repeated, nor for an upload, whose card says it
for (const name of ["htmx:sendError", "htmx:responseError"]) document.addEventListener(name, e => {
  const isPoll = e.target.id === "progress";
  if (isPoll || e.target.matches("[hx-trigger=run]")) e.stopImmediatePropagation();
  if (isPoll) find("[role=status]", e.target).textContent = say.unreachable;
}, true);

document.addEventListener("click", e => {
  const card = e.target.closest(".tcard");
  if (e.target.closest("[data-remove]")) { ready = ready.filter(other => other !== card); card.remove(); refuse(""); paint(); }
  if (!e.target.closest("[data-again]")) return;
  find("progress", card).hidden = find("small", card).hidden = false;
  find(".err", card).hidden = find("[data-again]", card).hidden = true;
  queue.push(card);
  pump();
});

document.addEventListener("input", e => { if (e.target.id === "id_urls") paint(); });
document.addEventListener("change", e => {
  if (e.target.id === "id_service") for (const hint of document.querySelectorAll("[data-service]")) hint.hidden = hint.dataset.service !== e.target.value;
});
document.addEventListener("files", e => take(e.detail));
