// Production's and the arm's scores side by side, bin by bin, where the API tells the shares.
import { el } from './dom.js';
import { percent } from './words.js';

/** Null where the API does not tell: {cuts, bins: [{production, arm}]}. */
export function distributionView(distribution, arm) {
  if (distribution === undefined || distribution === null) return null;
  const { cuts, bins } = distribution;
  const largest = Math.max(...bins.flatMap((bin) => [bin.production, bin.arm]), 1e-9);
  const rows = bins.map((bin, index) =>
    el(
      'tr',
      { 'data-key': String(index) },
      el('th', { scope: 'row', class: 'bin' }, rangeText(cuts, index)),
      [bin.production, bin.arm].map((share) => [
        el('td', { class: 'number' }, percent(share)),
        el('td', { class: 'bar' }, el('meter', { min: 0, max: largest, value: share, 'aria-hidden': 'true' })),
      ]),
    ),
  );
  const head = [
    el('th', { scope: 'col' }, 'scores'),
    ['production', arm].map((name) => el('th', { scope: 'colgroup', colspan: 2, class: 'number' }, name)),
  ];
  return el(
    'table',
    { class: 'account' },
    el('caption', { class: 'hidden' }, `scores of production and of ${arm}, side by side`),
    el('thead', {}, el('tr', {}, head)),
    el('tbody', {}, rows),
  );
}

function rangeText(cuts, index) {
  if (index === 0) return `up to ${cuts[0]}`;
  return index === cuts.length ? `above ${cuts[index - 1]}` : `${cuts[index - 1]} – ${cuts[index]}`;
}
