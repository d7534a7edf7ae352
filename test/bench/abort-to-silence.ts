// As many trials of "abort to silence" as wanted: `tsx test/bench/abort-to-silence.ts [100]`. Exits 1 when one was not silent in time.
import { abortWays, type Silence, silenceSummary, silenceTrial } from '../support/abort-to-silence.ts';

const wanted = Number(process.argv[2] ?? 100);
const trials: Silence[] = [];
while (trials.length < wanted) trials.push(...(await Promise.all(abortWays.map(silenceTrial))));
const { text, violations } = silenceSummary(trials, { isTimed: true });
process.stdout.write(`${text}\n`);
process.exitCode = violations > 0 ? 1 : 0;
