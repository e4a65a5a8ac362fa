// Lines over time. <canvas data-chart="ID"> reads the JSON of json_script with that id:
//   {"labels": ["09:00", …], "days": {"0": "18 Nov", …},
//    "series": [{"label": "People who opened", "kind": "opened", "values": […], "fill": true, "dashed": false}]}
// Drawn in the colours of the current theme and again when it switches. The table below holds the same.
import {
  CategoryScale, Chart, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip,
} from "chart.js";

Chart.register(CategoryScale, Filler, LinearScale, LineController, LineElement, PointElement, Tooltip);
Chart.defaults.font.family = '"Inter Variable", system-ui, sans-serif';

const drawn = new Map();

// light-dark() in a custom property resolves only in a real colour property: ask a probe.
const probe = document.createElement("i");
probe.hidden = true;

function token(name) {
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

const pale = (colour) => colour.replace("rgb(", "rgba(").replace(")", ", .13)");

function dataset({ label, kind, values, fill, dashed }) {
  const colour = token(kind);
  return {
    label, data: values, borderColor: colour, borderWidth: 2, pointRadius: values.length < 2 ? 3 : 0,
    pointHitRadius: 12, cubicInterpolationMode: "monotone",
    ...(fill && { fill: true, backgroundColor: pale(colour) }),
    ...(dashed && { borderDash: [4, 4] }),
  };
}

function draw(canvas) {
  const data = JSON.parse(document.getElementById(canvas.dataset.chart).textContent);
  const grey = token("grey");
  const ticks = { color: grey, font: { size: 12 } };
  drawn.get(canvas)?.destroy();
  drawn.set(canvas, new Chart(canvas, {
    type: "line",
    data: {
      labels: data.labels.map((hour, i) => (data.days?.[i] ? [hour, data.days[i]] : hour)),
      datasets: data.series.map(dataset),
    },
    options: {
      animation: false,
      maintainAspectRatio: false,
      interaction: { mode: "index", intersect: false },
      scales: {
        x: { grid: { display: false }, border: { display: false }, ticks: { ...ticks, maxRotation: 0, autoSkip: true, maxTicksLimit: 12 } },
        y: { beginAtZero: true, grid: { color: token("line") }, border: { display: false }, ticks: { ...ticks, precision: 0, maxTicksLimit: 5 } },
      },
    },
  }));
}

function drawAll() {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.destroy();
    drawn.delete(canvas);
  }
  for (const canvas of document.querySelectorAll("canvas[data-chart]")) {
    try {
      draw(canvas);
    } catch {
      canvas.parentElement.hidden = true; // the numbers are in the table: open it
      canvas.closest(".card-body")?.querySelector("details")?.setAttribute("open", "");
    }
  }
}

document.body.append(probe);
document.fonts.ready.then(drawAll);
new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt.querySelector?.("canvas[data-chart]")) drawAll();
});
