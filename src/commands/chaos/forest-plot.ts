// The versions' differences as a picture: one line per fault and feature with the ratio and its interval, on a logarithmic axis.
import { type Comparison, differences } from '../../chaos/compare-versions.ts';
import { metricWords, placeText, timesText } from '../../chaos/sentences.ts';
import { escapeHtml } from './escape-html.ts';

const size = { label: 330, plot: 460, value: 210, row: 30, head: 34 } as const;
const mostRows = 12;
const ticks = [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32];

/** Proven differences, the surest first; null when nothing is proven. */
export function forestPlot(comparisons: readonly Comparison[]): string | null {
  const rows = differences(comparisons).slice(0, mostRows);
  if (rows.length === 0) return null;
  const [from, to] = reachOf(rows);
  const at = (ratio: number): number =>
    size.label + (size.plot * (Math.min(to, Math.max(from, Math.log2(Math.max(ratio, 1e-9)))) - from)) / (to - from);
  const bottom = size.head + rows.length * size.row;
  const [width, height] = [size.label + size.plot + size.value, bottom + 6];
  const grid = ticks
    .filter((tick) => Math.log2(tick) >= from && Math.log2(tick) <= to)
    .map((tick) => {
      const kind = tick === 1 ? 'even' : 'grid';
      const x = at(tick).toFixed(1);
      return `<line x1="${x}" x2="${x}" y1="${size.head - 8}" y2="${bottom}" class="${kind}"/><text x="${x}" y="${size.head - 14}" text-anchor="middle" class="interval">${tick < 1 ? `1/${1 / tick}` : tick}×</text>`;
    });
  const lines = rows.map((row, index) => line(row, { y: size.head + (index + 0.5) * size.row, at }));
  return `<svg viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="How many times as often a fault shows, beside the first version">${grid.join('')}${lines.join('')}</svg>`;
}

/** Both ends of the axis as powers of two: even ground is always in it, and at most a factor of 32 to either side. */
function reachOf(rows: readonly Comparison[]): readonly [number, number] {
  const lows = rows.map(({ interval: [low] }) => Math.log2(Math.max(low, 1e-9)));
  const highs = rows.map(({ interval: [, high] }) => (high === null ? 5 : Math.log2(high)));
  return [Math.max(-5, Math.min(-0.5, ...lows)) - 0.1, Math.min(5, Math.max(0.5, ...highs)) + 0.1];
}

function line(row: Comparison, { y, at }: { y: number; at: (ratio: number) => number }): string {
  const { candidate, metric, ratio, interval, finding, candidateRate, productionRate } = row;
  const [low, high] = interval;
  const [from, to] = [at(low).toFixed(1), at(high ?? Number.MAX_VALUE).toFixed(1)];
  const middle = ratio === null ? null : at(ratio).toFixed(1);
  const range = `[${timesText(low)}, ${high === null ? '∞' : timesText(high)}]`;
  const value = `${ratio === null ? '' : `${timesText(ratio)} `}${range}`;
  const rates = `${metricWords(metric)} ${(100 * candidateRate).toFixed(1)} % against ${(100 * productionRate).toFixed(1)} %`;
  const kind = finding === 'more' ? 'worse' : 'better';
  return [
    `<g><title>${escapeHtml(`${candidate}, ${placeText(row)}: ${rates}`)}</title>`,
    `<text x="0" y="${y - 1}" class="feature">${escapeHtml(`${candidate}: ${placeText(row)}`)}</text>`,
    `<text x="0" y="${y + 11}" class="interval">${escapeHtml(rates)}</text>`,
    `<line x1="${from}" x2="${to}" y1="${y}" y2="${y}" class="range ${kind}"/>`,
    middle === null ? '' : `<circle cx="${middle}" cy="${y}" r="5" class="dot ${kind}"/>`,
    `<text x="${size.label + size.plot + 14}" y="${y + 4}" class="value">${escapeHtml(value)}</text></g>`,
  ].join('');
}
