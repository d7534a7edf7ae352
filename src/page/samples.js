// Divergent samples as the API gives them (redacted: declared features and predictions only), newest first, and the list for labelling.
import { answerText, valueText } from './answers.js';
import { el } from './dom.js';
import { treatmentOf } from './treatment.js';
import { dateTime, plural, roles, whole } from './words.js';

/** Every row is drawn anew with whatever changes: a page of thousands would stand still. The list for labelling has them all. */
export const fewFirst = 10;
export const moreAtATime = 200;

export function samplesView({ samples, run, sampleArm, samplesShown }) {
  if (run === null) return el('p', { class: 'quiet' }, 'No run is chosen.');
  if (samples === null) return el('p', { class: 'quiet' }, 'Loading…');
  const shown = sampleArm === '' ? samples : samples.filter(({ arm }) => arm === sampleArm);
  const newest = [...shown].sort((one, other) => other.at - one.at);
  const rows = newest.slice(0, samplesShown);
  const left = newest.length - rows.length;
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
    left > 0 &&
      el(
        'button',
        { type: 'button', 'data-action': 'more-samples' },
        left <= moreAtATime
          ? `Show all ${whole(newest.length)}`
          : `Show ${moreAtATime} more of ${whole(newest.length)}`,
      ),
  ];
}

const heads = [
  'when',
  'request',
  'arm',
  'what differed',
  'what was done to the request',
  'features of the request',
  'production answered',
  'the arm answered',
];

function table(rows, run) {
  const roleOf = new Map(run.arms.map(({ name, role }) => [name, roles[role] ?? role]));
  const row = (sample) => {
    const { at, exchangeId, arm, what, features, production, answer } = sample;
    const cells = [
      dateTime(at),
      exchangeId,
      `${arm}: ${roleOf.get(arm) ?? ''}`,
      what,
      doneTo(sample),
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

/** Said of every sample: that nothing was done is news, too. */
function doneTo(sample) {
  const { applied, changes } = treatmentOf(sample);
  if (applied.length + changes.length === 0) return 'nothing';
  return [
    applied.length > 0 && el('strong', {}, applied.join('; ')),
    changes.length > 0 &&
      el(
        'ul',
        { class: 'features' },
        changes.map((change) => el('li', {}, change)),
      ),
  ];
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
