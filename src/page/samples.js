// Divergent samples as the API gives them (redacted: declared features and predictions only), newest first, and the list for labelling.
import { answerText, valueText } from './answers.js';
import { el } from './dom.js';
import { dateTime, plural, roles } from './words.js';

const fewFirst = 10;

export function samplesView({ samples, run, sampleArm, showsAllSamples }) {
  if (run === null) return el('p', { class: 'quiet' }, 'No run is chosen.');
  if (samples === null) return el('p', { class: 'quiet' }, 'Loading…');
  const shown = sampleArm === '' ? samples : samples.filter(({ arm }) => arm === sampleArm);
  const newest = [...shown].sort((one, other) => other.at - one.at);
  const rows = showsAllSamples ? newest : newest.slice(0, fewFirst);
  return [
    el(
      'div',
      { class: 'tools' },
      el(
        'label',
        {},
        'Arm ',
        el(
          'select',
          { 'data-change': 'sample-arm' },
          el('option', { value: '' }, 'all'),
          run.arms.map(({ name }) => el('option', { value: name }, name)),
        ),
      ),
      el(
        'button',
        { type: 'button', 'data-action': 'export-samples', disabled: shown.length === 0 },
        'Download as a labelling list (CSV)',
      ),
      el('span', { class: 'quiet' }, `${plural(shown.length, 'sample')} kept`),
    ),
    rows.length === 0 ? el('p', { class: 'quiet' }, 'No answer differed so far.') : table(rows, run),
    newest.length > rows.length &&
      el('button', { type: 'button', 'data-action': 'all-samples' }, `Show all ${newest.length}`),
  ];
}

const heads = [
  'when',
  'request',
  'arm',
  'what differed',
  'features of the request',
  'production answered',
  'the arm answered',
];

function table(rows, run) {
  const roleOf = new Map(run.arms.map(({ name, role }) => [name, roles[role] ?? role]));
  const row = ({ at, exchangeId, arm, what, features, production, answer }) => {
    const cells = [
      dateTime(at),
      exchangeId,
      `${arm}: ${roleOf.get(arm) ?? ''}`,
      what,
      featureList(features),
      answerText(production),
      answerText(answer),
    ];
    return el(
      'tr',
      { 'data-key': `${arm} ${exchangeId}` },
      cells.map((cell, index) => el('td', { 'data-label': heads[index] }, cell)),
    );
  };
  return el(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'divergent samples' },
    el(
      'table',
      { class: 'stacks' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          heads.map((head) => el('th', { scope: 'col' }, head)),
        ),
      ),
      el('tbody', {}, rows.map(row)),
    ),
  );
}

function featureList(features) {
  const entries = Object.entries(features);
  if (entries.length === 0) return 'not kept';
  return el(
    'ul',
    { class: 'features' },
    entries.map(([name, value]) => el('li', {}, `${name} = ${valueText(value)}`)),
  );
}
