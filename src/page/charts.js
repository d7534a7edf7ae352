// The two pictures over time, drawn by uPlot into places that the evidence left for them. Lines differ by dash, not only by colour.
import uPlot from './uPlot.esm.js';
import { amount, clockTime } from './words.js';

const charts = new Map();
const resized = new ResizeObserver((entries) => {
  for (const { target, contentRect } of entries)
    charts.get(target)?.plot.setSize({ width: Math.max(120, Math.floor(contentRect.width)), height });
});
const height = 160;

/** Draws what is there, renews what changed, forgets what is gone. `look` gives {points, claim} of a claim's id. */
export function renewCharts(look) {
  for (const [place, { plot }] of charts) {
    if (place.isConnected) continue;
    plot.destroy();
    resized.unobserve(place);
    charts.delete(place);
  }
  for (const place of document.querySelectorAll('[data-chart]')) {
    const found = look(place.dataset.of);
    if (found !== null) renewChart(place, found);
  }
}

/** Colours come from the style sheet, so a change between light and dark draws anew. */
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const [place, { plot }] of charts) {
    plot.destroy();
    charts.delete(place);
  }
});

function renewChart(place, { points, claim }) {
  const sort = place.dataset.chart;
  const data = sort === 'amount' ? amountData(points, claim) : evidenceData(points);
  const known = charts.get(place);
  const mark = `${points.length} ${points.at(-1)?.at}`;
  if (known?.mark === mark) return;
  if (known !== undefined) {
    known.plot.setData(data);
    known.mark = mark;
    return;
  }
  const options = sort === 'amount' ? amountOptions(claim.metric) : evidenceOptions();
  const size = { width: Math.max(120, place.clientWidth), height };
  place.replaceChildren();
  charts.set(place, { plot: new uPlot({ ...size, ...common(), ...options }, data, place), mark });
  resized.observe(place);
}

function amountData(points, { tolerance }) {
  const column = (name) => points.map((point) => point[name]);
  return [column('at'), column('low'), column('high'), column('estimate'), points.map(() => tolerance)];
}

function evidenceData(points) {
  return [
    points.map(({ at }) => at),
    points.map(({ over }) => over),
    points.map(({ within }) => within),
    points.map(() => 1),
  ];
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function line(name, { width = 2, dash } = {}) {
  return { stroke: colour(name), width, points: { show: false }, ...(dash === undefined ? {} : { dash }) };
}

function common() {
  const axis = { stroke: colour('--quiet'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  return {
    legend: { show: false },
    cursor: { show: false },
    axes: [
      { ...axis, space: 90, values: (_plot, values) => values.map((at) => clockTime(1000 * at)) },
      { ...axis, size: 62 },
    ],
  };
}

function amountOptions(metric) {
  const { axes } = common();
  const end = line('--quiet', { width: 1 });
  return {
    axes: [axes[0], { ...axes[1], values: (_plot, values) => values.map((value) => amount(value, metric)) }],
    scales: { y: { range: (_plot, low, high) => [Math.min(0, low), high * 1.1 || 1] } },
    series: [{}, end, end, line('--text'), line('--over', { dash: [6, 4] })],
    bands: [{ series: [2, 1], fill: colour('--band') }],
  };
}

function evidenceOptions() {
  const { axes } = common();
  return {
    axes: [axes[0], { ...axes[1], values: (_plot, values) => values.map((value) => `${Math.round(100 * value)} %`) }],
    scales: { y: { range: [0, 1.5] } },
    series: [{}, line('--over'), line('--within', { dash: [2, 3] }), line('--text', { width: 1, dash: [8, 5] })],
  };
}
