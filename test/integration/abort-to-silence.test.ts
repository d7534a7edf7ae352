// Once a run is aborted, whatever brought it about, no request reaches a shadow: not what was in flight, not what was held back by a delay,
// not what production goes on to get. That it takes no second is for a machine that does nothing else, in a hundred trials:
// `tsx test/bench/abort-to-silence.ts 100`.
import { expect, it } from 'vitest';
import { abortWays, type Silence, silenceSummary, silenceTrial } from '../support/abort-to-silence.ts';

it('is silent once it is aborted, in twenty trials, five of every way to abort', async () => {
  const trials: Silence[] = [];
  for (let round = 0; round < 5; round++) trials.push(...(await Promise.all(abortWays.map(silenceTrial))));
  const { text, violations } = silenceSummary(trials);
  console.log(text);
  expect(violations).toBe(0);
  expect(Math.min(...trials.map(({ before }) => before))).toBeGreaterThan(10);
});
