// Where the requests went: received = compared + skipped + dropped + in flight, per arm, with every reason; and what never arrived.
import { budgetView } from './budget.js';
import { el } from './dom.js';
import { plural, reasonWords, whole } from './words.js';

export function flowView({ run, health }) {
  return [
    run === null
      ? null
      : el(
          'div',
          { class: 'arms' },
          run.arms.map(({ name, conservation }) => accountOf(name, conservation)),
          run.budget && budgetView(run.budget, run.notes),
        ),
    el(
      'p',
      { class: 'quiet' },
      'Skipped: left out before any answer was known, so no verdict is biased by it (the budget is one such reason). Dropped: lost by penumbra itself; above 5 % no gate passes.',
    ),
    health === null ? null : sourcesOf(health),
  ];
}

function accountOf(name, { received, compared, skipped, dropped, inFlight }) {
  const [left, lost] = [sum(skipped), sum(dropped)];
  const isWhole = received === compared + left + lost + inFlight;
  const rows = [
    ['compared', compared],
    ...reasonRows('skipped', skipped),
    ...reasonRows('dropped', dropped),
    ['in flight', inFlight],
  ];
  return el(
    'article',
    { class: 'arm', 'data-key': name },
    el(
      'h3',
      {},
      name,
      ' ',
      el('span', { class: `chip ${isWhole ? 'within' : 'over'}` }, isWhole ? '✓ adds up' : '✗ does not add up'),
    ),
    el(
      'p',
      { class: 'sentence' },
      `${plural(received, 'request')} received = ${whole(compared)} compared + ${whole(left)} skipped + ${whole(lost)} dropped + ${whole(inFlight)} in flight`,
    ),
    el(
      'table',
      { class: 'account' },
      el('caption', { class: 'hidden' }, `where the requests of ${name} went`),
      el(
        'tbody',
        {},
        rows.map(([what, count]) =>
          el(
            'tr',
            { 'data-key': what },
            el('th', { scope: 'row' }, what),
            el('td', { class: 'number' }, whole(count)),
            el('td', { class: 'bar' }, bar(count, received)),
          ),
        ),
      ),
    ),
  );
}

function reasonRows(sort, counts) {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([reason, count]) => [`${sort}: ${reasonWords(reason)}`, count]);
}

function bar(count, received) {
  return el('meter', { min: 0, max: Math.max(1, received), value: count, 'aria-hidden': 'true' });
}

function sum(counts) {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function sourcesOf({ sources, ignored }) {
  const lines = [
    ...Object.entries(sources).flatMap(([source, losses]) =>
      Object.entries(losses).map(([reason, count]) => [`${source}: ${reason.replaceAll('_', ' ')}`, count]),
    ),
    ...Object.entries(ignored).map(([reason, count]) => [`not ours to judge: ${reason.replaceAll('_', ' ')}`, count]),
  ].filter(([, count]) => count > 0);
  if (lines.length === 0) return el('p', { class: 'about' }, '✓ The sources lost nothing on the way here.');
  return [
    el('h3', {}, 'Before it came here'),
    el(
      'ul',
      { class: 'notes' },
      lines.map(([what, count]) => el('li', {}, `${what}: ${whole(count)}`)),
    ),
  ];
}
