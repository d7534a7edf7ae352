// The watches on production itself: state in words, the sentence, the latest rate beside its limit.
import { el } from './dom.js';
import { intervalPicture } from './picture.js';
import { clockTime, percent, plural, watchStates } from './words.js';

const order = { REGRESSED: 0, NO_DATA: 1, LEARNING: 2, QUIET: 3 };

export function watchesView({ watches }) {
  if (watches === null) return el('p', { class: 'quiet' }, 'Loading…');
  if (watches.watches.length === 0)
    return el('p', { class: 'quiet' }, 'Nothing is watched on production: the config has no section “watch”.');
  const sorted = [...watches.watches].sort((one, other) => order[one.status] - order[other.status]);
  const failed = watches.failed + watches.late;
  return [
    el('div', { class: 'arms' }, sorted.map(watchView)),
    failed > 0 &&
      el(
        'p',
        { class: 'note' },
        `${plural(watches.failed, 'request')} could not be looked at, ${watches.late} came too late.`,
      ),
  ];
}

function watchView({ id, status, sentence, place, features, tolerance, recent, regressedSince }) {
  const { symbol, words, kind } = watchStates[status] ?? watchStates.NO_DATA;
  const since = regressedSince === null ? '' : ` It probably began at ${clockTime(regressedSince)}.`;
  return el(
    'article',
    { class: 'arm', 'data-key': id },
    el('h3', {}, id, ' ', el('span', { class: `chip ${kind}` }, `${symbol} ${words}`)),
    el('p', { class: 'sentence' }, `${sentence}.${since}`),
    intervalPicture({
      estimate: recent.rate,
      interval: recent.interval,
      tolerance,
      kind,
      label: sentence,
      write: percent,
    }),
    el('p', { class: 'quiet' }, `looks at the ${place}${features.length > 0 ? `: ${features.join(', ')}` : ''}`),
  );
}
