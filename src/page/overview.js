// First of all: is anything wrong now? One line over everything, then the experiments to choose from.
import { el } from './dom.js';
import { clockTime, duration, plural, runStates, verdictWords, whole } from './words.js';

const order = ['VIOLATED', 'REGRESSED', 'DIFFERENT', 'UNDECIDED', 'HOLDS'];

export function headline({ summary, connection }) {
  if (summary === null) {
    return el('p', { class: 'headline open' }, connection === 'locked' ? '' : 'Waiting for penumbra…');
  }
  const { kind, symbol, words } = overall(summary);
  const alerts = summary.undeliveredAlerts;
  return [
    el('p', { class: `headline ${kind}` }, el('span', { class: 'symbol', 'aria-hidden': 'true' }, symbol), ' ', words),
    alerts > 0 && el('p', { class: 'note over' }, `✗ ${plural(alerts, 'alert')} could not be delivered yet`),
    biasedRuns(summary).map((words) => el('p', { class: 'note over' }, `✗ ${words}`)),
  ];
}

export function overall({ experiments, watches, killed }) {
  const counts = { VIOLATED: 0, REGRESSED: 0, UNDECIDED: 0, HOLDS: 0 };
  for (const { run } of experiments) {
    for (const [verdict, count] of Object.entries(run?.verdicts ?? {}))
      counts[verdict] = (counts[verdict] ?? 0) + count;
  }
  const wrong = counts.VIOLATED + counts.REGRESSED;
  const regressed = watches.statuses.REGRESSED ?? 0;
  const parts = [
    wrong > 0 && `${plural(wrong, 'claim')} over the limit`,
    regressed > 0 && `${plural(regressed, 'watch', 'watches')} on production over the limit`,
    counts.UNDECIDED > 0 && `${whole(counts.UNDECIDED)} not yet known`,
    counts.HOLDS > 0 && `${whole(counts.HOLDS)} within the limit`,
  ].filter(Boolean);
  if (wrong + regressed > 0) return { kind: 'over', symbol: '✗', words: parts.join(' · ') };
  if (killed !== null)
    return { kind: 'open', symbol: '■', words: 'Stopped by the kill switch: nothing is copied or compared' };
  if (counts.UNDECIDED > 0) return { kind: 'open', symbol: '?', words: parts.join(' · ') };
  if (counts.HOLDS > 0)
    return {
      kind: 'within',
      symbol: '✓',
      words: `Everything proven so far is within its limit: ${plural(counts.HOLDS, 'claim')}`,
    };
  return { kind: 'open', symbol: '?', words: 'Nothing is known yet: no run has begun' };
}

/** Runs whose evidence is biased by what penumbra lost: whatever their claims say, no gate passes on them. */
export function biasedRuns({ experiments }) {
  return experiments
    .filter(({ run }) => run?.losesTooMuch)
    .map(({ name }) => {
      const lost = `penumbra lost more than a gate bears of what an arm of ${name} should have seen`;
      return `${lost}: its evidence is biased and no gate passes on it. Why, and what to do, stands with the run.`;
    });
}

/** A link each, with the state of its run; the chosen one is marked. */
export function experimentLinks({ summary, chosen }) {
  return summary.experiments.map(({ name, gate, run, nextAt }) =>
    el(
      'li',
      { 'data-key': name },
      el(
        'a',
        {
          href: `#experiment=${encodeURIComponent(name)}`,
          'aria-current': name === chosen?.experiment ? 'true' : null,
        },
        el('span', { class: 'name' }, name),
        el('span', { class: 'about' }, aboutRun(run, { gate, nextAt })),
        run &&
          el(
            'span',
            { class: 'chips' },
            order
              .filter((verdict) => run.verdicts[verdict] > 0)
              .map((verdict) => countChip(verdict, run.verdicts[verdict])),
          ),
      ),
    ),
  );
}

function aboutRun(run, { gate, nextAt }) {
  const next = nextAt === null ? '' : `, next run at ${clockTime(nextAt)}`;
  if (run === null) return `${gate ? 'waits for “run start”' : 'no run yet'}${next}`;
  const since = run.endedAt === null ? ` for ${duration(Date.now() - run.startedAt)}` : '';
  return `${runStates[run.state] ?? run.state}${since}, ${plural(run.compared, 'pair')}${next}`;
}

function countChip(verdict, count) {
  const { symbol, words, kind } = verdictWords(verdict);
  return el('span', { class: `chip ${kind}` }, `${symbol} ${whole(count)} ${words}`);
}
