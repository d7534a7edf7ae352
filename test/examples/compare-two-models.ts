// Two models answer the same requests one after another. Do their scores have the same distribution, up to 5 %? Looking after every
// request is safe: the error rate holds over all looks together. Elsewhere the import reads: from 'penumbra'.
import { pairedKs, randomFor, zeroCounts } from '../../src/index.ts';

const proven = Math.log(1 / 0.01);

function requestsUntilDecided(candidate: (score: number) => number): string {
  const random = randomFor('an example', 'requests', 'scores');
  const counts = zeroCounts(pairedKs.size);
  for (let n = 1; n <= 20_000; n++) {
    const production = random.uniform();
    pairedKs.add(counts, [production, candidate(production)]);
    const { up, down } = pairedKs.logE(counts, 0.05);
    if (down >= proven) return `the same within 5 %, proven after ${n} requests`;
    if (up >= proven) return `different by more than 5 %, proven after ${n} requests`;
  }
  return 'not yet known after 20000 requests';
}

console.log(`a copy: ${requestsUntilDecided((score) => score)}`);
console.log(`rounded to 1/50: ${requestsUntilDecided((score) => Math.round(50 * score) / 50)}`);
console.log(`squared: ${requestsUntilDecided((score) => score ** 2)}`);
