// One run: what it is about, and its arms with their claims.
import { isOnBudget } from './budget.js';
import { claimOf } from './claim.js';
import { el } from './dom.js';
import { clockTime, dateTime, milliseconds, percent, plural, roles, runStates } from './words.js';

export function runView(state) {
  const { run } = state;
  if (run === null) return el('p', { class: 'quiet' }, 'This experiment has no run yet.');
  const notes = run.notes.filter((note) => !isOnBudget(note));
  return [
    el('h2', {}, `${run.experiment} `, el('span', { class: 'quiet' }, runStates[run.state] ?? run.state)),
    el('p', { class: 'about' }, aboutOf(run)),
    run.endReason &&
      !notes.some((note) => note.includes(run.endReason)) &&
      el('p', { class: 'note' }, `It ended: ${run.endReason}`),
    notes.length > 0 &&
      el(
        'ul',
        { class: 'notes' },
        notes.map((note) => el('li', {}, note)),
      ),
    el(
      'div',
      { class: 'arms' },
      run.arms.map((arm) => armView(arm, state)),
    ),
  ];
}

function aboutOf({ id, startedAt, endedAt, candidate, supersededStreams }) {
  const facts = [
    `run ${id}`,
    `started ${endedAt === null ? clockTime(startedAt) : dateTime(startedAt)}`,
    endedAt !== null && `ended ${dateTime(endedAt)}`,
    candidate.target && `candidate ${candidate.target}`,
    candidate.ref && `reference ${candidate.ref}`,
    supersededStreams > 0 && `${plural(supersededStreams, 'stream')} closed by a change of version`,
  ];
  return facts.filter(Boolean).join(' · ');
}

function armView(arm, state) {
  const claims = arm.hypotheses.filter(({ automatic, required }) => required || !automatic);
  const beside = arm.hypotheses.filter((one) => !claims.includes(one));
  const key = `beside ${arm.name}`;
  return el(
    'article',
    { class: 'arm', 'data-key': arm.name },
    el(
      'h3',
      {},
      arm.name,
      ' ',
      el(
        'span',
        { class: 'quiet' },
        roles[arm.role] ?? arm.role,
        arm.version === null ? '' : `, version ${arm.version}`,
      ),
    ),
    el('p', { class: 'about' }, speedOf(arm)),
    arm.strikes && el('p', { class: 'about' }, strikesOf(arm.strikes)),
    claims.length === 0 && el('p', { class: 'quiet' }, 'Nothing is expected of it by name.'),
    claims.map((one) => claimOf(one, { arm, state })),
    beside.length > 0 &&
      el(
        'details',
        { class: 'beside', 'data-key': key, 'data-opens': key },
        el('summary', {}, `Also looked at, without alarm: ${plural(beside.length, 'claim')}`),
        state.opened.has(key) ? beside.map((one) => claimOf(one, { arm, state })) : null,
      ),
  );
}

function speedOf({ conservation: { compared }, errorRate, p50Ms, p99Ms, productionP50Ms, productionP99Ms }) {
  const speed =
    p50Ms === null
      ? ''
      : ` · half within ${milliseconds(p50Ms)}, 99 % within ${milliseconds(p99Ms)} (production ${milliseconds(productionP50Ms)} and ${milliseconds(productionP99Ms)})`;
  const errors = errorRate === null ? '' : ` · errors ${percent(errorRate)}`;
  return `${plural(compared, 'pair')} compared${errors}${speed}`;
}

function strikesOf({ count, recovered, lost, wrong, firstCorrectMs }) {
  const first =
    firstCorrectMs === null
      ? ''
      : `, first right answer after ${milliseconds(firstCorrectMs.median)} (at most ${milliseconds(firstCorrectMs.max)})`;
  return `Struck ${plural(count, 'time')}, recovered from ${recovered}; ${plural(lost, 'request')} lost, ${wrong} wrong${first}`;
}
