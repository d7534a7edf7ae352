// Three processes count on their own and send their counts as JSON; added up in any order they are what one process would have
// counted, byte for byte. Elsewhere the import reads: from 'penumbra'.
import { boundedMean, type Counts, mergeCounts, randomFor, zeroCounts } from '../../src/index.ts';

const random = randomFor('an example', 'shards', 'differences');
const whole = zeroCounts(boundedMean.size);
const shards = [0, 1, 2].map(() => zeroCounts(boundedMean.size));
for (let request = 0; request < 3000; request++) {
  const difference = Math.min(1, Math.abs(0.005 * random.normal()));
  boundedMean.add(whole, difference);
  boundedMean.add(shards[request % 3] as number[], difference);
}

const sent = shards.map((counts) => JSON.stringify(counts));
const received = sent.map((text) => JSON.parse(text) as Counts);
const merged = received.reverse().reduce(mergeCounts);
console.log(`identical counts: ${JSON.stringify(merged) === JSON.stringify(whole)}`);

const claim = { tolerance: 0.01, alphaViolated: 0.01, alphaHolds: 0.01 };
const { n, estimate, logEDown } = boundedMean.evidence(merged, claim);
console.log(`${n} requests move by ${estimate?.toFixed(4)} on average; within 0.01: ${logEDown >= Math.log(1 / 0.01)}`);
