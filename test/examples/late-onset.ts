// A model that was fine for a million requests and then is not. Evidence since the start would take as long again; the late-onset
// detector needs a few minutes, at one false alarm a year. Elsewhere the import reads: from 'penumbra'.
import { bernoulli, lateOnsetThreshold, newLateOnsetState, randomFor, updateLateOnset } from '../../src/index.ts';

const detector = {
  statistic: bernoulli,
  tolerance: 0.01,
  threshold: lateOnsetThreshold({ bucketMs: 60_000, detectors: 1 }),
};
const random = randomFor('an example', 'minutes', 'flips');
const flipsIn = (requests: number, rate: number): number =>
  Array.from({ length: requests }, () => Number(random.uniform() < rate)).reduce((sum, flip) => sum + flip, 0);

let state = newLateOnsetState(detector);
for (let minute = 1; minute <= 1100; minute++) {
  const isBroken = minute > 1000 && minute <= 1050;
  const added = [1000, flipsIn(1000, isBroken ? 0.02 : 0.001)];
  const step = updateLateOnset(state, { detector, added });
  state = step.state;
  if (step.change === 'REGRESSED') console.log(`minute ${minute}: regressed, ${minute - 1000} minutes after the fault`);
  if (step.change === 'CLEARED') console.log(`minute ${minute}: well again, ${minute - 1050} minutes after the repair`);
}
