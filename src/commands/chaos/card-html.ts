// The card as one HTML file with its pictures inside: no script, nothing from elsewhere.
import type { Card, CardCell } from '../../chaos/card.ts';
import { natureWords } from '../../chaos/nature.ts';
import { intervalText } from '../../chaos/sentences.ts';
import { cardStyle } from './card-style.ts';
import { escapeHtml } from './escape-html.ts';
import { forestPlot } from './forest-plot.ts';
import { heatMap } from './heat-map.ts';
import { aboutLines, bracketWords, type Matrix, markWords, matricesOf, matrixTitle } from './matrix.ts';

export function cardHtml(card: Card): string {
  const { service, sentences, faults, notes } = card;
  const about = aboutLines(card).map((line) => `<p class="about">${escapeHtml(line)}</p>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Robustness card: ${escapeHtml(service)}</title><style>${cardStyle}</style></head>
<body>
<h1>Robustness card: ${escapeHtml(service)}</h1>
${about.join('')}
${list(sentences, 'first')}
<p class="legend">${escapeHtml(bracketWords(card))}</p>
${differencesSection(card)}
${matrixSections(matricesOf(card))}
<h2>How each fault shows</h2>
${natureTable(card)}
${list(Object.entries(natureWords).map(([nature, words]) => `${nature}: ${words}`))}
<h2>What was expected</h2>
<p class="legend">Of several lines the one that names the fault and feature more closely counts.</p>
${list(card.expectations)}
<h2>What was done</h2>
${list(faults.map(({ name, what }) => `${name}: ${what}`))}
<h2>How to read the numbers</h2>
${list(notes)}
<details><summary>Every cell</summary>${cellTable(card.cells)}</details>
</body></html>
`;
}

function differencesSection({ comparisons, versions }: Card): string {
  const plot = forestPlot(comparisons);
  if (plot === null) return '';
  const first = escapeHtml(versions[0]?.name ?? '');
  return `<h2>How many times as often as ${first} a fault shows</h2>
<div class="picture">${plot}</div>
<p class="legend">Proven differences only; of each fault and feature the gravest measure (silently wrong before flipped before less sure). A line is the interval; right of 1× is more fragile than ${first}, left is less.</p>`;
}

/** What is done to the whole request stands under the features of the same metric. */
function matrixSections(matrices: readonly Matrix[]): string {
  return matrices
    .map((matrix, index) => {
      const title = matrixTitle(matrix);
      const before = matrices[index - 1];
      const heading = before !== undefined && matrixTitle(before) === title ? '' : `<h2>${escapeHtml(title)}</h2>\n`;
      return `${heading}<div class="picture">${heatMap(matrix)}</div>`;
    })
    .concat(
      `<p class="legend">Red: how often. Blue: the model fails or marks its answer, which is noticed. ${escapeHtml(markWords)}, with how many times as often. Below each rate: between which shares, in per cent, the true one lies. Point at a cell for more.</p>`,
    )
    .join('\n');
}

function natureTable({ treatments, versions }: Card): string {
  const [first] = versions;
  const rows = treatments.filter(({ version }) => version === first?.name);
  const head = ['feature', 'fault', ...versions.map(({ name }) => name), 'requests it changed'];
  const body = rows.map(({ feature, fault, acted, asked }) => {
    const natures = versions.map(({ name }) => {
      return treatments.find((one) => one.version === name && one.feature === feature && one.fault === fault)?.nature;
    });
    return [feature, fault, ...natures.map((nature) => nature ?? ''), `${acted} of ${asked}`];
  });
  return table(head, body);
}

function cellTable(cells: readonly CardCell[]): string {
  const head = ['version', 'feature', 'fault', 'share', 'metric', 'n', 'rate %', 'interval %', 'expected', 'verdict'];
  const rows = cells.map((cell) => {
    const { version, feature, fault, share, metric, n, estimate, interval, relation, limit, verdict } = cell;
    const side = relation === 'sensitive' ? 'at least' : 'at most';
    const expected = `${relation === 'loud' ? 'loud, ' : ''}${side} ${Number((100 * limit).toPrecision(3))} %`;
    const rate = estimate === null ? '–' : (100 * estimate).toFixed(2);
    const ends = intervalText(interval);
    return [
      version,
      feature,
      fault,
      `${Number((100 * share).toPrecision(3))} %`,
      metric,
      String(n),
      rate,
      ends,
      expected,
      verdict,
    ];
  });
  return table(head, rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[], tag: 'th' | 'td'): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  return `<div class="picture"><table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table></div>`;
}

function list(items: readonly string[], kind?: string): string {
  const open = kind === undefined ? '<ul>' : `<ul class="${kind}">`;
  return `${open}${items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
}
