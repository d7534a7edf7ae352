// One claim about one arm: verdict in words, amount, limit and baseline in one sentence, the picture; what lies behind it under details.
import { el } from './dom.js';
import { evidenceOf } from './evidence.js';
import { intervalPicture } from './picture.js';
import { amount, verdictWords } from './words.js';

export function claimOf(claim, { arm, state }) {
  const { id, verdict, relation, sentence, required, automatic, metric, decision, segmentation, segments } = claim;
  const { symbol, words, kind } = verdictWords(verdict, relation);
  const name = [decision, metric].filter(Boolean).join(' ') + (segmentation === null ? '' : ` per ${segmentation}`);
  const key = `claim ${id}`;
  return el(
    'section',
    { class: 'claim', 'data-key': id, 'data-claim': id, 'data-verdict': verdict },
    el(
      'p',
      { class: 'claim-head' },
      el('span', { class: `chip ${kind}` }, `${symbol} ${words}`),
      ' ',
      el('strong', {}, name),
      el(
        'span',
        { class: 'quiet' },
        ` ${[required && 'required', automatic && 'added by penumbra'].filter(Boolean).join(', ')}`,
      ),
    ),
    el('p', { class: 'sentence' }, `${sentence}; ${baselineOf(claim, { arm, run: state.run })}.`),
    intervalPicture({
      ...claim,
      isSensitive: relation === 'sensitive',
      kind,
      label: `${name}: ${sentence}`,
      write: (value) => amount(value, metric),
    }),
    segments.length > 0 && segmentTable(segments, metric),
    el(
      'details',
      { 'data-key': key, 'data-opens': key },
      el('summary', {}, 'Evidence'),
      state.opened.has(key) ? evidenceOf(claim, state) : null,
    ),
  );
}

/** What it is held against: the control's own amount where there is a control, else production. */
function baselineOf({ decision, metric, segmentation, productionVersion, against }, { arm, run }) {
  const production = `production${productionVersion === null ? '' : ` ${productionVersion}`}`;
  const control = run.arms.find(({ role }) => role === 'control');
  if (arm.role === 'control' || control === undefined) return `the baseline is ${production}`;
  if (against === 'control') return `the baseline is the control, ${production} asked again`;
  const same = control.hypotheses.find(
    (one) =>
      one.metric === metric &&
      one.decision === decision &&
      one.segmentation === segmentation &&
      one.against === 'limit',
  );
  if (same === undefined || same.estimate === null) return `the baseline is ${production}`;
  return `the baseline is ${production}, whose control shows ${amount(same.estimate, metric)}`;
}

const order = { VIOLATED: 0, REGRESSED: 1, DIFFERENT: 2, UNDECIDED: 3, HOLDS: 4 };

function segmentTable(segments, metric) {
  const sorted = [...segments].sort((one, other) => order[one.verdict] - order[other.verdict] || other.n - one.n);
  const rows = sorted.map(({ segment, verdict, n, estimate, interval }) => {
    const { symbol, words, kind } = verdictWords(verdict);
    const range = interval === null ? '' : ` [${amount(interval[0], metric)}, ${amount(interval[1], metric)}]`;
    return el(
      'tr',
      { 'data-key': segment },
      el('th', { scope: 'row' }, segment),
      el('td', {}, el('span', { class: `chip ${kind}` }, `${symbol} ${words}`)),
      el('td', { class: 'number' }, estimate === null ? '–' : `${amount(estimate, metric)}${range}`),
      el('td', { class: 'number' }, String(n)),
    );
  });
  return el(
    'div',
    { class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'segments' },
    el(
      'table',
      {},
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          ['segment', 'verdict', 'amount', 'requests'].map((head, index) =>
            el('th', { scope: 'col', class: index > 1 ? 'number' : null }, head),
          ),
        ),
      ),
      el('tbody', {}, rows),
    ),
  );
}
