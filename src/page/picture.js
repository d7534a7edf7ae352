// A claim as a picture: the amount and its interval on a line, the limit across it, the allowed side tinted. The shape of the point
// repeats the verdict, so that nothing rests on colour. Places are in per cent of the width, so words keep their size on a phone.
import { svg } from './dom.js';

const steps = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10];

/** Null where there is nothing to draw yet. Without a `tolerance` there is no limit, and `largest` may say how far the line reaches. */
export function intervalPicture({
  estimate,
  interval,
  tolerance = null,
  largest = 0,
  isSensitive = false,
  kind,
  label,
  write,
}) {
  if (interval === null || estimate === null || ![...interval, tolerance ?? 0].every(Number.isFinite)) return null;
  const [low, high] = interval;
  const from = Math.min(0, low);
  const to = endOf({ most: Math.max(high, estimate, largest), tolerance });
  const middle = tolerance === null ? 12 : 27;
  const height = middle + 25;
  const x = (value) => 1 + (98 * (value - from)) / (to - from);
  const at = (value) => `${x(value).toFixed(2)}%`;
  return svg(
    'svg',
    { class: `interval ${kind}`, width: '100%', height, role: 'img', 'aria-label': label },
    tolerance !== null && allowedSide(isSensitive ? [x(tolerance), 99] : [1, x(tolerance)], middle),
    svg('line', { class: 'axis', x1: '1%', x2: '99%', y1: middle, y2: middle }),
    tolerance !== null &&
      svg('line', { class: 'limit', x1: at(tolerance), x2: at(tolerance), y1: 14, y2: middle + 12 }),
    svg('line', { class: 'range', x1: at(low), x2: at(high), y1: middle, y2: middle }),
    [low, high].map((value) =>
      svg('line', { class: 'cap', x1: at(value), x2: at(value), y1: middle - 6, y2: middle + 6 }),
    ),
    svg('svg', { x: at(estimate), y: middle, overflow: 'visible' }, point(kind)),
    tolerance !== null && words(`limit ${write(tolerance)}`, { x: x(tolerance), y: 11, class: 'limit-label' }),
    words(write(from), { x: 1, y: height - 2, class: 'end' }),
    words(write(to), { x: 99, y: height - 2, class: 'end' }),
  );
}

/** A round number beyond everything, so that the limit never lies at the very end; rates end at 1. */
export function endOf({ most, tolerance }) {
  const needed = Math.max(most, tolerance === null ? 0 : tolerance * 1.08);
  if (!(needed > 0)) return 1;
  if (most <= 1 && needed > 0.8 && needed <= 1.08) return 1;
  const unit = 10 ** Math.floor(Math.log10(needed));
  return (steps.find((step) => step * unit >= needed) ?? 10) * unit;
}

function allowedSide([start, end], middle) {
  return svg('rect', {
    class: 'allowed',
    x: `${start.toFixed(2)}%`,
    width: `${Math.max(0, end - start).toFixed(2)}%`,
    y: middle - 10,
    height: 20,
  });
}

function point(kind) {
  if (kind === 'over') return svg('path', { class: 'point', d: 'M0,-7 L7,0 L0,7 L-7,0 Z' });
  if (kind === 'differs') return svg('rect', { class: 'point', x: -5, y: -5, width: 10, height: 10 });
  return svg('circle', { class: 'point', r: 5.5 });
}

function words(text, { x, y, ...more }) {
  const anchor = x < 20 ? 'start' : x > 80 ? 'end' : 'middle';
  return svg('text', { x: `${x.toFixed(2)}%`, y, 'text-anchor': anchor, ...more }, text);
}
