// Is the candidate unlike production? Production asked twice (the control) says how much of that is its own noise, so that there is no
// tolerance to choose. Elsewhere the import reads: from 'penumbra'.
import { addDifference, differenceEvidence, differenceSize, randomFor, zeroCounts } from '../../src/index.ts';

const proven = Math.log(1 / 0.01);
const noise = 0.002;

function judge(name: string, candidate: (score: number) => number): void {
  const random = randomFor('an example', name, 'noise');
  const counts = zeroCounts(differenceSize);
  for (let n = 1; n <= 5000; n++) {
    const production = random.uniform();
    const [arm, control] = [candidate(production) + noise * random.normal(), production + noise * random.normal()];
    addDifference(counts, {
      arm: Math.abs(arm - production),
      control: Math.abs(control - production),
      armFlipped: arm > 0.5 !== production > 0.5,
      controlFlipped: control > 0.5 !== production > 0.5,
    });
    const { logE, loudest } = differenceEvidence(counts);
    if (logE < proven) continue;
    console.log(`${name}: unlike the control after ${n} requests (${loudest?.test})`);
    return;
  }
  console.log(`${name}: nothing beyond the control's noise in 5000 requests`);
}

judge('the same model', (score) => score);
judge('all scores a little higher', (score) => score + 0.004);
judge('every thirtieth answer lost', (score) => (Math.floor(score * 1e6) % 30 === 0 ? 0 : score));
