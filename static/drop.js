// Drop zones: what is chosen, dropped (folders too) or pasted becomes a "files" event of the zone.
const tell = (zone, files) => { if (zone && files.length) zone.dispatchEvent(new CustomEvent("files", { detail: files, bubbles: true })); };

async function filesOf(entry) {
  if (entry.isFile) return [await new Promise((...ends) => entry.file(...ends))];
  const reader = entry.createReader(), files = [];
  for (;;) {
    const entries = await new Promise((...ends) => reader.readEntries(...ends));
    if (!entries.length) return files;
    for (const inner of entries) files.push(...await filesOf(inner));
  }
}
document.addEventListener("change", e => {
  const zone = e.target.closest(".drop") ?? document.getElementById(e.target.dataset.dropFor);
  if (e.target.type !== "file" || !zone) return;
  tell(zone, [...e.target.files]);
  e.target.value = "";
});
for (const name of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(name, async e => {
  const zone = e.target.closest?.(".drop");
  if (!zone) return;
  e.preventDefault();
  zone.classList.toggle("over", /enter|over/.test(name));
  if (name !== "drop") return;
  const entries = [...e.dataTransfer.items].map(item => item.webkitGetAsEntry?.()).filter(Boolean), plain = [...e.dataTransfer.files];
  tell(zone, entries.length ? (await Promise.all(entries.map(filesOf))).flat() : plain);
});
document.addEventListener("paste", e => {
  const zone = document.querySelector("dialog:modal .drop") ?? document.querySelector(".drop");
  if (!zone || !e.clipboardData.files.length) return;
  e.preventDefault();
  tell(zone, [...e.clipboardData.files]);
});
