// How far apart are two score distributions, in the numbers that people know? All are read from the same counts, each with an
// interval that holds at every look. They are effect sizes; verdicts come from limits. Elsewhere the import reads: from 'penumbra'.
import {
  hellinger,
  jensenShannon,
  ksDistance,
  pairedKs,
  psi,
  randomFor,
  readBins,
  wasserstein,
  zeroCounts,
} from '../../src/index.ts';

const random = randomFor('an example', 'requests', 'drift');
const counts = zeroCounts(pairedKs.size);
for (let request = 0; request < 20_000; request++) {
  const production = random.uniform();
  pairedKs.add(counts, [production, production ** 1.5]);
}

const { binning } = pairedKs;
const bins = readBins(counts, binning, { alpha: 0.05 });
if (bins === null) throw new Error('nothing was counted');
const distances = [ksDistance(counts, binning, { alpha: 0.05 }), wasserstein(counts, binning, { alpha: 0.05 })];
for (const found of [psi(bins), jensenShannon(bins), hellinger(bins), ...distances]) {
  if (found === null) continue;
  const [low, high] = found.interval;
  console.log(`${found.name}: ${found.estimate.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], ${found.base}`);
}
