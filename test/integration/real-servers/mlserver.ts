// MLServer with a model of the tests' own, made for one test and ended with the other Python servers.
import { copyFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../support/free-port.ts';
import { startPythonServer } from '../../support/python-servers.ts';

interface Mlserver {
  readonly version: string;
  readonly weights: readonly number[];
}

/** Its URL, once the model is ready. */
export async function startMlserver(bin: string, { version, weights }: Mlserver): Promise<string> {
  const cwd = join(mkdtempSync(join(tmpdir(), 'penumbra-mlserver-')), 'delay');
  mkdirSync(cwd);
  copyFileSync(join(import.meta.dirname, 'mlserver_runtime.py'), join(cwd, 'runtime.py'));
  const [http, grpc, metrics] = [await freePort(), await freePort(), await freePort()];
  const settings = { host: '127.0.0.1', http_port: http, grpc_port: grpc, metrics_port: metrics, parallel_workers: 0 };
  writeFileSync(join(cwd, 'settings.json'), JSON.stringify({ ...settings, debug: false }));
  const model = { name: 'delay', implementation: 'runtime.Delay', parameters: { version, extra: { weights } } };
  writeFileSync(join(cwd, 'model-settings.json'), JSON.stringify(model));
  const url = `http://127.0.0.1:${http}`;
  await startPythonServer(bin, {
    args: ['mlserver', 'start', cwd],
    cwd,
    readyUrl: `${url}/v2/models/delay/ready`,
  });
  return url;
}
