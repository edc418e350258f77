// Draws the charts of the usage statistics in the colors of the page.
const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgb(color) { // Plotly knows neither variables nor oklch
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = color;
  probe.fillRect(0, 0, 1, 1);
  return `rgb(${[...probe.getImageData(0, 0, 1, 1).data].slice(0, 3).join()})`;
}
function shade(name) {
  const span = document.createElement("span");
  span.style.color = `var(${name})`;
  document.body.append(span);
  const color = rgb(getComputedStyle(span).color);
  span.remove();
  return color;
}
const isDark = () => getComputedStyle(document.documentElement).colorScheme.split(" ").length > 1
  ? matchMedia("(prefers-color-scheme: dark)").matches : getComputedStyle(document.documentElement).colorScheme === "dark";
const layout = more => ({
  font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: shade("--text-3") }, showlegend: false,
  paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
  hoverlabel: { bgcolor: shade("--raised"), bordercolor: shade("--line-strong"), font: { color: shade("--text") } }, ...more,
});
const config = { displayModeBar: false, responsive: true };

function columns(element, data) {
  const bars = (name, y, color) => ({ type: "bar", name, x: data.dates, y, marker: { color: shade(color) }, hovertemplate: "%{y:,}" });
  const every = Math.ceil(data.dates.length / Math.max(3, Math.floor(element.clientWidth / 90)));
  const ticks = data.dates.filter((_, place) => (data.dates.length - 1 - place) % every === 0);
  return Plotly.react(element, [bars(data.missesName, data.misses, "--chart-miss"), bars(data.hitsName, data.hits, "--chart-hit")], layout({
    barmode: "stack", hovermode: "x unified", bargap: .28, margin: { l: 54, r: 18, t: 16, b: 30 },
    xaxis: { type: "category", tickvals: ticks, ticktext: ticks.map(date => date.slice(date.length > 7 ? 5 : 0)), tickangle: 0, showgrid: false, linecolor: shade("--line"), fixedrange: true },
    yaxis: { gridcolor: shade("--line"), zeroline: false, tickformat: "~s", nticks: 5, rangemode: "tozero", fixedrange: true },
  }), config);
}

function treemap(element, data) {
  const prefixes = [...new Set(data.prefixes)]; // in the order of their largest label, so that neighbours differ
  const tone = prefix => {
    const place = prefixes.indexOf(prefix), hue = (272 + place * 137.5) % 360;
    return rgb(isDark() ? `oklch(${place % 2 ? .36 : .42} .08 ${hue})` : `oklch(${place % 2 ? .87 : .91} .06 ${hue})`);
  };
  return Plotly.react(element, [{
    type: "treemap", labels: data.labels, text: data.labels.map(label => label.replace("_", "<br>")), parents: data.labels.map(() => ""), values: data.hits,
    marker: { colors: data.prefixes.map(tone), cornerradius: 5, line: { width: 0 }, pad: { t: 0, l: 0, r: 0, b: 0 } }, tiling: { pad: 3, packing: "squarify" },
    texttemplate: "%{text}<br><b>%{percentRoot:.1%}</b>", textfont: { color: shade("--text"), size: 12 }, textposition: "top left", pathbar: { visible: false },
    hovertemplate: "<b>%{label}</b><br>%{value:,} · %{percentRoot:.1%}<extra></extra>",
  }], layout({ margin: { l: 12, r: 12, t: 12, b: 12 }, uniformtext: { minsize: 10, mode: "hide" } }), config).then(() => {
    if (element.dataset.opens) return;
    element.dataset.opens = "yes";
    element.on("plotly_treemapclick", event => {
      const label = event.points[0].label, url = new URL(element.dataset.results, location);
      if (!data.labels.includes(label)) return false;
      url.searchParams.set("label", label);
      location.href = url;
      return false; // no zooming in
    });
  });
}

const charts = { columns, treemap };
function fail(element) {
  element.classList.add("failed");
  element.removeAttribute("role");
  element.removeAttribute("aria-label");
  element.textContent = element.dataset.failed;
  const unfold = () => { document.getElementById(`${element.id}-table`).open = true; };
  if (document.readyState === "complete") unfold();
  else addEventListener("load", unfold); // once htmx listens
}
function draw() {
  for (const element of document.querySelectorAll("[data-chart]:not(.failed)")) {
    if (!window.Plotly) { fail(element); continue; }
    charts[element.dataset.chart](element, JSON.parse(document.getElementById(`${element.id}-data`).textContent)).then(() => { element.dataset.drawn = "yes"; });
  }
}
draw(); // modules run after the deferred script of Plotly
new MutationObserver(draw).observe(document.documentElement, { attributeFilter: ["data-theme"] });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
document.addEventListener("htmx:afterSwap", e => { if (e.detail.target.id === "usage") draw(); });
