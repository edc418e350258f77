// Text areas with one entry a line: how many there are, which are too long, which come twice.
function say(line) {
  const area = document.getElementById(line.dataset.linesOf);
  const entries = area.value.split("\n").map(entry => entry.trim()).filter(Boolean), limit = Number(area.dataset.lineLimit) || Infinity;
  const { one, many, long, repeated } = line.dataset;
  const parts = [
    [entries.length, entries.length === 1 ? one : many],
    [entries.filter(entry => [...entry].length > limit).length, long],
    [entries.length - new Set(entries.map(entry => entry.toLowerCase())).size, repeated],
  ];
  line.textContent = parts.filter(([count, text], position) => text && (count || !position)).map(([count, text]) => text.replace("{n}", count)).join(" · ");
}
const lines = () => document.querySelectorAll("[data-lines-of]");
document.addEventListener("input", e => lines().forEach(line => { if (line.dataset.linesOf === e.target.id) say(line); }));
document.addEventListener("htmx:afterSettle", () => lines().forEach(say));
lines().forEach(say);
