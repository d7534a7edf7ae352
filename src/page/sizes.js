// How far each arm's scores lie from production's, in the distances people know. They are sizes to look at, never verdicts.
import { distributionView } from './distribution.js';
import { el } from './dom.js';
import { intervalPicture } from './picture.js';
import { whole } from './words.js';

export function sizesView({ sizes, run }) {
  if (run === null) return el('p', { class: 'quiet' }, 'No run is chosen.');
  if (sizes === null) return el('p', { class: 'quiet' }, 'Loading…');
  if (sizes.length === 0)
    return el('p', { class: 'quiet' }, 'No arm beside production has a numeric decision that was counted yet.');
  return el('div', { class: 'arms' }, sizes.map(sizesOfArm));
}

function sizesOfArm({ arm, decision, sizes, distribution }) {
  return el(
    'article',
    { class: 'arm', 'data-key': `${arm} ${decision}` },
    el('h3', {}, `${arm} `, el('span', { class: 'quiet' }, `${decision}, ${whole(sizes[0]?.n ?? 0)} requests`)),
    distributionView(distribution, arm),
    sizes.map(sizeOf),
    el('p', { class: 'quiet' }, sizes[0]?.binning ?? ''),
  );
}

function sizeOf({ name, base, estimate, interval }) {
  const write = (value) => String(Number(value.toPrecision(3)));
  const sentence = `${name} ${write(estimate)} [${write(interval[0])}, ${write(interval[1])}] (${base})`;
  return el(
    'div',
    { 'data-key': name },
    el('p', { class: 'sentence' }, sentence),
    intervalPicture({
      estimate,
      interval,
      largest: base.includes('0 to 1') ? 1 : 0,
      kind: 'open',
      label: sentence,
      write,
    }),
  );
}
