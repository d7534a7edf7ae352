// Starts what came of the Dockerfile as its image would be started: ENTRYPOINT with CMD as process 1 and user 1000, with no capability, on a
// read-only root with a writable /data and /tmp, and with a network of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Stage, wordsOf } from './dockerfile.ts';
import { rootScript, type StageRun } from './run-stage.ts';

const config = `service: health
production: {url: "http://127.0.0.1:9", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: {card: /penumbra/models/flight-delay-v1.json}
decisions: {late: {output: "probabilities[:,1]", label: above 0.5}}
source: {tap: {link: /data/tap.sock}}
store: {path: /data/penumbra.db}
experiments:
  release:
    start: on request
    arms: {control: {target: {onnx: /penumbra/models/flight-delay-v1.onnx}}}
    expect: {control.late: {flip: at most 1%}}
`;

/** Starts ENTRYPOINT with CMD, waits until it listens, runs HEALTHCHECK, tries to write, ends it by SIGTERM. */
export async function problemsOfStart({ layer, workdir, env }: StageRun, { steps }: Stage): Promise<readonly string[]> {
  const words = (word: string) => wordsOf(steps.find((step) => step.word === word) ?? { word, rest: '[]' });
  mkdirSync(join(layer, 'etc/penumbra'), { recursive: true });
  writeFileSync(join(layer, 'etc/penumbra/penumbra.yaml'), config);
  const quoted = (list: readonly string[]) => list.map((each) => `'${each.replaceAll("'", "'\\''")}'`).join(' ');
  const line = [
    `cd ${workdir}; id -u; echo process $$; touch /penumbra/x 2>/dev/null && echo WRITABLE`,
    `(until ${quoted(words('HEALTHCHECK'))}; do sleep 0.2; done; echo HEALTHY; ls /data; kill -TERM $$) &`,
    `exec ${quoted([...words('ENTRYPOINT'), ...words('CMD')])}`,
  ].join('\n');
  const child = spawn(
    'unshare',
    [
      '-m',
      '--pid',
      '--net',
      '--fork',
      '--kill-child',
      'bash',
      '-ec',
      `ip link set lo up\n${rootScript(layer, 'ro')}`,
      'bash',
      line,
    ],
    { env: { ...process.env, ...env } },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += String(data)));
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  const isWell =
    code === 0 &&
    /^1000$/m.test(output) &&
    /^process 1$/m.test(output) &&
    /^HEALTHY$/m.test(output) &&
    /^penumbra\.db$/m.test(output) &&
    !output.includes('WRITABLE');
  return isWell ? [] : [`it did not start as it should (exit ${code}):\n${output.slice(-3000)}`];
}
