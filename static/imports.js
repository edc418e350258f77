// Imports: one file in parts, or many pictures some at a time; the server's card says how far it is.
const form = document.querySelector("[data-import]"), list = document.querySelector("#imports");
const PICTURES_AT_ONCE = 10, RETRIES = 5;
const KINDS = { zip: "zip", csv: "hashes", txt: "urls" };
let busy = 0;

const kindOf = file => KINDS[file.name.split(".").pop().toLowerCase()] ?? "files";
const isHidden = file => (file.webkitRelativePath || file.name).split("/").some(part => part.startsWith(".")) || file.name === "Thumbs.db";
const pause = ms => new Promise(end => setTimeout(end, ms));
const toast = text => document.dispatchEvent(new CustomEvent("toast", { detail: { kind: "error", text } }));

async function post(url, fields) { // again and again while the server cannot be reached
  const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true", "HX-Current-URL": location.href };
  const body = new FormData();
  for (const [name, ...values] of fields) body.append(name, ...values);
  for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
    if (attempt) await pause(500 * 2 ** attempt);
    const answer = await fetch(url, { method: "POST", headers, body }).catch(() => null);
    const elsewhere = answer?.headers.get("HX-Redirect");
    if (elsewhere) location.href = elsewhere;
    if (answer && answer.status < 500) return answer;
  }
  throw new Error(form.dataset.failed);
}
async function start(fields) { // returns the address of the import, whose card is shown
  const answer = await post(form.dataset.startUrl, fields);
  if (answer.status !== 202) throw new Error(answer.status === 422 ? await answer.text() : `${document.body.dataset.failed} ${answer.status}.`);
  list.insertAdjacentHTML("afterbegin", await answer.text());
  htmx.process(list.firstElementChild);
  return answer.headers.get("Location");
}
async function sent(url, fields) { // false once the import takes nothing more, as when it was canceled
  const { ok, status } = await post(url, fields);
  if (!ok && status !== 410 && status !== 404) throw new Error(form.dataset.failed);
  return ok;
}
async function sendWhole(file) {
  const job = await start([["kind", kindOf(file)], ["name", file.name], ["size_bytes", file.size]]);
  const size = Number(form.dataset.partBytes);
  for (let number = 0; number * size < file.size; number += 1) {
    const part = file.slice(number * size, (number + 1) * size);
    if (!await sent(`${job}parts/`, [["number", number], ["part", part, "part"]])) return;
  }
}
async function sendPictures(files) {
  const job = await start([["kind", "files"], ["file_count", files.length]]);
  let fields = [], bytes = 0;
  for (const [place, file] of files.entries()) {
    const number = place + 1, isTooLarge = file.size > form.dataset.maxPictureBytes;
    fields.push(...isTooLarge ? [["too_large", `${number}:${file.name}`]] : [["number", number], ["image", file, file.name]]);
    bytes += isTooLarge ? 0 : file.size;
    if (number % PICTURES_AT_ONCE && bytes < form.dataset.partBytes && number < files.length) continue;
    if (!await sent(`${job}pictures/`, fields)) return;
    [fields, bytes] = [[], 0];
  }
  await sent(`${job}close/`, []);
}
async function take(dropped) {
  const files = dropped.filter(file => !isHidden(file));
  const isFolder = files.some(file => kindOf(file) === "files"); // a text beside pictures is no list of URLs
  const isWhole = file => kindOf(file) === "zip" || (kindOf(file) !== "files" && !isFolder);
  const pictures = files.filter(file => !isWhole(file));
  const sendings = files.filter(isWhole).map(file => () => sendWhole(file));
  if (pictures.length) sendings.push(() => sendPictures(pictures));
  busy += 1;
  for (const send of sendings) await send().catch(error => toast(error.message));
  busy -= 1;
}
form.addEventListener("files", e => take(e.detail));
addEventListener("beforeunload", e => { if (busy) e.preventDefault(); });
