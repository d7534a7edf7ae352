// Who gives way: the comparator does, with all its threads; the tap that it starts does not, not even one that is started again.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { unusedUrl } from '../support/evil-server.ts';
import { endProcesses, portOf, startPenumbra, tapPidOf } from '../support/penumbra-process.ts';
import { arm, configOf, makeFolder } from '../support/serve-process.ts';

afterEach(endProcesses);

/** Field 19 of stat; the name before it may hold blanks. */
function niceOf(pid: number, thread: number | string = pid): number {
  const fields = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[16]);
}

const nicesOf = (pid: number): number[] => readdirSync(`/proc/${pid}/task`).map((thread) => niceOf(pid, thread));

async function startWithTap(...flags: string[]) {
  const { port } = new URL(await unusedUrl());
  const config = configOf({
    more: `source: {tap: {listen: "127.0.0.1:${port}"}}`,
    experiments: `  e: {arms: {candidate: ${arm('http://127.0.0.1:1')}}, expect: {candidate.d: {flip: at most 5%}}}`,
  });
  const file = join(makeFolder(), 'penumbra.yaml');
  writeFileSync(file, config);
  const serve = startPenumbra(['serve', '--config', file, ...flags]);
  await portOf(serve);
  return { serve, pid: serve.pid, tap: await tapPidOf(serve) };
}

describe.runIf(process.platform === 'linux')('the comparator', () => {
  it('gives way, and its tap does not, whenever it is started', async () => {
    const own = niceOf(process.pid);
    const { serve, pid, tap } = await startWithTap();
    expect(niceOf(pid)).toBe(10);
    // The thread that starts taps, and what the engine runs beside it.
    expect(nicesOf(pid)).toContain(own);
    expect(nicesOf(pid).filter((nice) => nice === 10).length).toBeGreaterThan(4);
    expect(niceOf(tap)).toBe(own);
    process.kill(tap, 'SIGKILL');
    const next = await tapPidOf(serve, { not: tap });
    expect(niceOf(next)).toBe(own);
  });

  it('does not give way when told so', async () => {
    const { pid, tap } = await startWithTap('--nice', '0');
    expect([niceOf(pid), niceOf(tap)]).toEqual([niceOf(process.pid), niceOf(process.pid)]);
  });
});
