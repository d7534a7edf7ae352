// The robustness card as a heat map: features down, faults across, the versions under one another. Every place has its number and its
// mark; the tint only repeats the number.
import { el } from './dom.js';
import { percent, plural } from './words.js';

const marks = { HOLDS: ['✓', 'holds'], VIOLATED: ['✗', 'violated'], UNDECIDED: ['?', 'not yet known'] };
const states = { RUNNING: 'is running', COMPLETED: 'is complete', ABORTED: 'was ended early' };

export function cardView({ chaos, cardMetric }) {
  if (chaos === null)
    return el(
      'p',
      { class: 'quiet' },
      'No chaos suite has run here yet: “penumbra chaos” or POST /v1/chaos starts one.',
    );
  const { state, cells: progress, endReason, card } = chaos;
  const about = `The suite ${states[state] ?? state}: ${progress.done} of ${plural(progress.of, 'cell')}${endReason ? ` (${endReason})` : ''}.`;
  if (card === null) return el('p', { class: 'about' }, about);
  const metrics = [...new Set(card.cells.map(metricOf))];
  const metric = metrics.includes(cardMetric) ? cardMetric : metrics[0];
  return [
    el('p', { class: 'about' }, about),
    (card.sentences ?? []).length > 0 &&
      el(
        'ul',
        { class: 'notes' },
        card.sentences.slice(0, 6).map((sentence) => el('li', {}, sentence)),
      ),
    metrics.length > 1 &&
      el(
        'div',
        { class: 'tools' },
        el(
          'label',
          {},
          'What is counted ',
          el(
            'select',
            { 'data-change': 'card-metric' },
            metrics.map((one) => el('option', { value: one }, one)),
          ),
        ),
      ),
    metric === undefined
      ? el('p', { class: 'quiet' }, 'No cell has been counted yet.')
      : heatMap(
          card.cells.filter((cell) => metricOf(cell) === metric),
          metric,
        ),
    el(
      'p',
      { class: 'quiet' },
      '✓ the expectation holds, ✗ it is violated, ? not yet known. The darker, the more often.',
    ),
  ];
}

function metricOf({ metric, decision }) {
  return decision ? `${metric} of ${decision}` : metric;
}

function heatMap(cells, metric) {
  const list = (name) => [...new Set(cells.map((cell) => cell[name]))];
  const [features, faults, versions] = [list('feature'), list('fault'), list('version')];
  const found = new Map(cells.map((cell) => [`${cell.feature}\n${cell.fault}\n${cell.version}`, cell]));
  const rows = features.flatMap((feature) =>
    versions.map((version, index) =>
      el(
        'tr',
        { 'data-key': `${feature} ${version}`, class: index === 0 ? 'first' : null },
        index === 0 && el('th', { scope: 'rowgroup', rowspan: versions.length }, feature),
        el('th', { scope: 'row' }, version),
        faults.map((fault) => place(found.get(`${feature}\n${fault}\n${version}`))),
      ),
    ),
  );
  const head = el(
    'tr',
    {},
    ['feature', 'version', ...faults].map((name) => el('th', { scope: 'col' }, name)),
  );
  return el(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': `heat map: ${metric}` },
    el('table', { class: 'heat' }, el('caption', {}, metric), el('thead', {}, head), el('tbody', {}, rows)),
  );
}

function place(cell) {
  if (cell === undefined) return el('td', { class: 'none' });
  const { estimate, interval, verdict } = cell;
  const [mark, words] = marks[verdict] ?? ['?', verdict];
  const title = `${percent(interval[0])} to ${percent(interval[1])}, ${words}`;
  if (estimate === null) return el('td', { title }, 'idle');
  const heat = Math.ceil(6 * Math.min(1, estimate / 0.6) ** 0.6);
  return el(
    'td',
    { class: `heat-${heat}`, title },
    `${percent(estimate)} `,
    el('span', { 'aria-hidden': 'true' }, mark),
    el('span', { class: 'hidden' }, words),
  );
}
