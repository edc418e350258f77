// Sends files one by one, three at a time, with a row for each.
const LANES = 3;
const find = (selector, within) => within.querySelector(selector);
let busy = 0; // lists that still send

class UploadList extends HTMLElement { // outlives its dialog
  connectedCallback() {
    if (this.waiting) return;
    Object.assign(this, { waiting: [], sending: new Set(), total: 0, done: 0 });
    this.closest("[data-uploads]").addEventListener("files", e => this.take(e.detail));
    this.addEventListener("click", e => {
      for (const act of ["stop", "clear", "again"]) if (e.target.closest(`[data-${act}]`)) this[act](e.target.closest("li"));
    });
  }
  get isBusy() { return this.waiting.length + this.sending.size > 0; }
  take(files) {
    const { maxFiles, maxBytes, tooMany, tooLarge, empty } = this.dataset;
    const room = (Number(maxFiles) || Infinity) - this.waiting.length - this.sending.size;
    if (!this.isBusy) this.total = this.done = 0;
    files.forEach((file, position) => {
      const row = this.add(file);
      if (position >= room) this.fail(row, tooMany);
      else if (!file.size) this.fail(row, empty);
      else if (file.size > maxBytes) this.fail(row, tooLarge);
      else this.enqueue(row);
    });
    this.pump();
  }
  add(file) {
    const row = find("template", this).content.firstElementChild.cloneNode(true), image = find("img", row);
    find(".trunc", row).textContent = file.name;
    image.src = URL.createObjectURL(file);
    row.file = file;
    find("ul", this).append(row);
    return row;
  }
  enqueue(row) {
    if (!this.isBusy) busy += 1;
    this.waiting.push(row);
    this.total += 1;
  }
  again(row) {
    row.classList.remove("bad");
    find("progress", row).hidden = false;
    find("[data-again]", row).hidden = true;
    this.enqueue(row);
    this.pump();
  }
  pump() {
    while (this.sending.size < LANES && this.waiting.length) this.send(this.waiting.shift());
    this.paint();
  }
  send(row) {
    const request = new XMLHttpRequest(), form = new FormData();
    form.append("image", row.file);
    request.open("POST", this.dataset.url);
    const headers = { ...JSON.parse(document.body.getAttribute("hx-headers")), "HX-Request": "true", "HX-Current-URL": location.href };
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    find("small", row).textContent = this.dataset.sending;
    request.upload.onprogress = e => { find("progress", row).value = 100 * e.loaded / e.total; };
    request.onloadend = () => this.finish(row, request);
    this.sending.add(row);
    request.send(form);
  }
  finish(row, request) {
    const elsewhere = request.getResponseHeader("HX-Redirect");
    this.sending.delete(row);
    this.done += 1;
    if (elsewhere) location.href = elsewhere;
    else if ([200, 422].includes(request.status)) htmx.swap(row, request.responseText, { swapStyle: "outerHTML" });
    else this.fail(row, this.dataset.failed, true);
    if (!this.isBusy) this.end();
    this.pump();
  }
  fail(row, reason, canRetry = false) {
    row.classList.add("bad");
    find("small", row).textContent = reason;
    find("progress", row).hidden = true;
    find("[data-again]", row).hidden = !canRetry;
  }
  end() {
    busy -= 1;
    htmx.trigger(document.body, "uploads-done");
    if (!this.isConnected) htmx.trigger(document.body, "toast", { text: this.dataset.finished.replace("{n}", this.done) });
  }
  stop() {
    this.waiting.splice(0).forEach(row => { row.remove(); this.total -= 1; });
    this.paint();
  }
  clear() {
    find("ul", this).replaceChildren();
    this.total = this.done = 0;
    this.paint();
  }
  paint() {
    const line = find(".upload-total", this);
    line.hidden = !find("ul", this).children.length;
    Object.assign(find("progress", line), { max: this.total || 1, value: this.done });
    find("[role=status]", line).textContent = `${this.done} / ${this.total}`;
    find("[data-stop]", line).hidden = !this.waiting.length;
    find("[data-clear]", line).hidden = this.isBusy;
  }
}
customElements.define("upload-list", UploadList);
addEventListener("beforeunload", e => { if (busy) e.preventDefault(); });
