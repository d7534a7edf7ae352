// Is the rate of changed answers within 1 %? Three answers are possible: within the limit, over it, not yet known.
// Elsewhere the import reads: from 'penumbra'.
import { bernoulli } from '../../src/index.ts';

const claim = { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 };
const proven = Math.log(1 / 0.01);
const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

// Counts are [requests, changed answers].
for (const [requests, changed] of [
  [1000, 0],
  [2000, 14],
  [400, 16],
] as const) {
  const { estimate, interval, logEUp, logEDown, stillNeeded } = bernoulli.evidence([requests, changed], claim);
  const [low, high] = interval ?? [0, 1];
  const verdict = logEUp >= proven ? 'over 1 %' : logEDown >= proven ? 'within 1 %' : 'not yet known';
  const outlook = stillNeeded ? `, about ${stillNeeded} more requests at this rate` : '';
  console.log(
    `${changed} of ${requests}: ${percent(estimate ?? 0)} [${percent(low)}, ${percent(high)}] is ${verdict}${outlook}`,
  );
}
