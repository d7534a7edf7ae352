// What a run may cost at most, and how much of it is used now: every limit with its own amount beside it, as a number and as a bar.
import { el } from './dom.js';
import { percent, whole } from './words.js';

/** Notes on the budget of the day belong here, not among what is to be known before trusting a run, unless it bites. */
export function isOnBudget(note) {
  return note.startsWith('budget of the day') && !note.includes('used up');
}

export function budgetView({ limits, used, share }, notes = []) {
  const rows = [
    ['requests in this run', used?.requests, limits.requests, whole],
    ['requests a second', used && used.requestsPerSecond * limits.requestsPerSecond, limits.requestsPerSecond, rate],
    ['bytes a second', used && used.bytesPerSecond * limits.bytesPerSecond, limits.bytesPerSecond, size],
    ['calls under way to an arm', used?.inFlight, limits.inFlight, whole],
    ['bytes of one request', null, limits.bodyBytes, size],
  ];
  const isLowered = used !== null && used.share < share;
  return el(
    'article',
    { class: 'arm', 'data-key': 'budget' },
    el(
      'h3',
      {},
      'Budget ',
      el('span', { class: 'quiet' }, used === null ? 'its limits; the run has ended' : 'for each arm, now'),
    ),
    el(
      'table',
      { class: 'account' },
      el('caption', { class: 'hidden' }, 'limits of the run, and what is used of them'),
      el('tbody', {}, rows.map(rowOf)),
    ),
    notes.filter(isOnBudget).map((note) => el('p', { class: 'quiet' }, withSeparators(note))),
    el(
      'p',
      { class: isLowered ? 'note over' : 'quiet' },
      isLowered
        ? `Only ${percent(used.share)} of the traffic is let through now instead of ${percent(share)}, by the budget or a ramp. What is over is skipped, not delayed.`
        : `${percent(share)} of the traffic is asked for${used === null ? '' : ', and as much is let through'}. What is over a limit is skipped, not delayed.`,
    ),
  );
}

function rowOf([what, used, limit, write]) {
  const isUsed = used !== null && used !== undefined;
  return el(
    'tr',
    { 'data-key': what },
    el('th', { scope: 'row' }, what),
    el('td', { class: 'number' }, isUsed ? `${write(used)} of ${write(limit)}` : `at most ${write(limit)}`),
    el(
      'td',
      { class: 'bar' },
      isUsed ? el('meter', { min: 0, max: limit, value: Math.min(used, limit), 'aria-hidden': 'true' }) : null,
    ),
  );
}

function withSeparators(note) {
  return note.replace(/\b\d{5,}\b/g, (digits) => whole(Number(digits)));
}

function rate(value) {
  return value < 10 ? String(Number(value.toPrecision(2))) : whole(value);
}

/** @example size(10485760) is "10 MiB" */
export function size(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${Number((bytes / 1024 ** power).toPrecision(3))} ${units[power]}`;
}
