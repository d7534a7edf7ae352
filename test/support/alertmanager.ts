// A real Alertmanager as a child process, with quick groups and one webhook receiver.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

export const hasAlertmanager = spawnSync('prometheus-alertmanager', ['--version']).status === 0;

export interface RunningAlertmanager {
  readonly url: string;
  stop(): Promise<void>;
}

export async function startAlertmanager(config: string, port?: number): Promise<RunningAlertmanager> {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-alertmanager-'));
  const file = join(folder, 'alertmanager.yml');
  writeFileSync(file, config);
  const address = `127.0.0.1:${port ?? (await freePort())}`;
  const args = [`--config.file=${file}`, `--storage.path=${folder}`, '--cluster.listen-address='];
  const child: ChildProcess = spawn('prometheus-alertmanager', [...args, `--web.listen-address=${address}`], {
    stdio: 'ignore',
  });
  const url = `http://${address}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (const startedMs = performance.now(); !(await isReady()); ) {
    if (performance.now() - startedMs > 60_000) {
      await stop();
      throw new Error('the Alertmanager did not become ready');
    }
    await new Promise((resume) => setTimeout(resume, 50));
  }
  return { url, stop };
}
