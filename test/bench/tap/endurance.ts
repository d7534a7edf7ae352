// So many exchanges by wrk through the tap to nginx while a real comparator behind it is killed and started, its shadow is
// stopped, its disk is full and the link is cut; judged by what wrk and nginx wrote down. Usage: npm run endurance:tap --
// [--requests N] [--every SECONDS]. Needs nginx, wrk, unshare (Debian: nginx-light, wrk, util-linux). Exits 1 on a violation.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFaults } from './endurance/faults.ts';
import { judgeEndurance, type Round } from './endurance/judge.ts';
import { createScene } from './endurance/scene.ts';
import { askByWrk } from './endurance/wrk-witness.ts';
import { stopAll } from './processes.ts';

const { values } = parseArgs({
  options: { requests: { type: 'string', default: '1000000' }, every: { type: 'string', default: '2' } },
});
const wanted = Number(values.requests);
const everyMs = Number(values.every) * 1000;
/** Asked between two looks at how far it is. */
const mostPerRound = 100_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const whole = (count: number): string => count.toLocaleString('en-US');

const folder = mkdtempSync(join(tmpdir(), 'penumbra-endurance-'));
try {
  const scene = await createScene(folder, say);
  const faults = startFaults(scene, { everyMs, say });
  const rounds: Round[] = [];
  const answered = (): number => rounds.reduce((sum, { reported }) => sum + reported.requests, 0);
  // A machine that is done before every fault has fired goes on until each has.
  while (answered() < wanted || !faults.haveAllFired()) {
    const round = join(folder, `round-${rounds.length}`);
    mkdirSync(round);
    const requests = Math.min(mostPerRound, Math.max(wanted - answered(), 10_000));
    rounds.push(await askByWrk(round, scene.tapPort, { requests, round: rounds.length }));
    say(`${whole(answered())} of ${whole(wanted)} exchanges, faults fired ${JSON.stringify(faults.fired)}`);
  }
  await faults.end();
  const { altered, duplicated, lost, problems } = await judgeEndurance(rounds, scene.accessLog);
  for (const problem of problems.slice(0, 20)) say(problem);
  say(
    `${whole(answered())} exchanges, faults fired ${JSON.stringify(faults.fired)}, ${altered} altered, ${duplicated} duplicated, ${lost} lost` +
      ` (by wrk's report and nginx's access log)`,
  );
  process.exitCode = altered + duplicated + lost === 0 ? 0 : 1;
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();
