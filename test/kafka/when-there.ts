// The part of npm test that wants a real Kafka: runs its quick suites when Java, Maven or an earlier fetch, and kcat let it be had within a
// minute, else says aloud what was left out and why. npm run test:kafka runs all of them and does not take no for an answer.
import { spawnSync } from 'node:child_process';
import { messageOf } from '../../src/errors.ts';
import { fetchClasspath } from './broker/artifacts.ts';

const fetchWithinMs = 60_000;

async function whyNot(): Promise<string | null> {
  if (process.env.PENUMBRA_KAFKA_SUITES === 'apart') return 'npm run test:kafka runs them apart';
  for (const [program, word] of [
    ['java', '-version'],
    ['kcat', '-V'],
  ] as const) {
    if (spawnSync(program, [word]).error) return `${program} is not installed`;
  }
  return fetchClasspath({ withinMs: fetchWithinMs }).then(
    () => null,
    (thrown) => messageOf(thrown),
  );
}

const reason = await whyNot();
if (reason === null) {
  const env = { ...process.env, PENUMBRA_KAFKA_SUITES: 'short' };
  const words = ['run', '--config', 'test/kafka/vitest.config.ts'];
  const { status } = spawnSync('vitest', words, { stdio: 'inherit', env });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(`
SKIPPED: the suites that need a real Kafka (test/kafka), because ${reason}.
With Java, Maven and kcat (Debian: default-jre-headless maven kcat) npm run test:kafka runs them all.

`);
}
