// What lies behind a verdict, for those who want it: numbers, the climb of the evidence, and how the verdict came about.
import { el } from './dom.js';
import { amount, clockTime, percent, verdictWords, whole } from './words.js';

export function evidenceOf(claim, { run, verdicts, points }) {
  const { id, estimate, interval, tolerance, metric, n, stillNeeded, logEUp, logEDown, logEUpNeeded, logEDownNeeded } =
    claim;
  const hasPast = points.of(run, claim).length > 1;
  const changes = (verdicts ?? []).filter((one) => one.hypothesis === id);
  const facts = [
    ['claim', id],
    ['observations', whole(n)],
    ['amount', estimate === null ? 'none yet' : amount(estimate, metric)],
    [
      'interval at any time',
      interval === null ? 'none yet' : `${amount(interval[0], metric)} to ${amount(interval[1], metric)}`,
    ],
    ['limit', amount(tolerance, metric)],
    [
      'still needed',
      stillNeeded === null ? 'cannot be said' : stillNeeded > 0 ? `about ${whole(stillNeeded)}` : 'nothing',
    ],
    ['for “over”', `ln e ${fixed(logEUp)} of ${fixed(logEUpNeeded)} needed`],
    ['for “within”', `ln e ${fixed(logEDown)} of ${fixed(logEDownNeeded)} needed`],
    ['about', `production ${claim.productionVersion ?? '–'}, arm ${claim.armVersion ?? '–'}`],
    ...(claim.loudest === undefined ? [] : [['speaks loudest', claim.loudest]]),
  ];
  return [
    el(
      'dl',
      { class: 'facts' },
      facts.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, value))),
    ),
    hasPast
      ? [
          chart({
            id,
            sort: 'amount',
            title: `Amount and interval, while this page is open. Limit (dashed): ${amount(tolerance, metric)}`,
          }),
          chart({
            id,
            sort: 'evidence',
            title: `Evidence, as a part of what is needed: for “over” (solid) ${percent(claimShare(logEUp, logEUpNeeded))}, for “within” (dotted) ${percent(claimShare(logEDown, logEDownNeeded))}; proven at 100 % (dashed)`,
          }),
        ]
      : el(
          'p',
          { class: 'quiet' },
          run.endedAt === null
            ? 'The picture over time begins with the next closed bucket.'
            : 'The picture over time is drawn while a run goes on; this one has ended.',
        ),
    changes.length > 0 && el('ol', { class: 'changes' }, changes.map(changeLine)),
  ];
}

function claimShare(logE, needed) {
  return needed > 0 ? Math.min(1, Math.max(0, logE / needed)) : null;
}

function chart({ id, sort, title }) {
  return el(
    'figure',
    { 'data-key': `${sort} ${id}` },
    el('figcaption', {}, title),
    el('div', { class: 'chart', 'data-own': '', 'data-chart': sort, 'data-of': id, role: 'img', 'aria-label': title }),
  );
}

function changeLine({ at, from, to, n }) {
  const name = (verdict) => (verdict === 'SUPERSEDED' ? 'superseded by another version' : verdictWords(verdict).words);
  return el('li', {}, `${clockTime(at)}: ${name(from)} → ${name(to)} after ${whole(n)} observations`);
}

/** Infinite numbers come as words. */
function fixed(value) {
  return typeof value === 'number' ? value.toFixed(2) : String(value);
}
