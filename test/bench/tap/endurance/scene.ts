// Who takes part in an endurance run: nginx as production, which writes down what it was asked, the tap, a comparator with its
// store on a small disk of its own, a shadow, and between tap and comparator a wire that can be cut.
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { freePort } from '../../../support/free-port.ts';
import { entry } from '../hops.ts';
import { listening, loadCore, proxyCore, start, startNode } from '../processes.ts';
import { answerRest, answerStart } from './wrk-witness.ts';

export interface Scene {
  readonly tapPort: number;
  readonly accessLog: string;
  readonly shadow: ChildProcess;
  /** Null when this system allows no small disk of one's own. */
  readonly fillDisk: (() => void) | null;
  freeDisk(): void;
  killComparator(): Promise<void>;
  startComparator(): Promise<void>;
  cutLink(): void;
}

const diskBytes = 24 * 1024 * 1024;
const aside = { core: loadCore };

export async function createScene(folder: string, say: (line: string) => void): Promise<Scene> {
  const [production, shadowPort, apiPort, tapPort] = (await Promise.all([1, 2, 3, 4].map(freePort))) as [
    number,
    number,
    number,
    number,
  ];
  const accessLog = await startProduction(folder, production);
  const shadow = startNode(new URL('shadow.ts', import.meta.url), [String(shadowPort)], aside);
  await once(shadow, 'message');
  const store = join(folder, 'store');
  mkdirSync(store);
  const hasDisk = canMount();
  if (!hasDisk) say('NOT TRIED: a full disk: this system does not allow to mount one (unshare -Urm)');
  const config = join(folder, 'penumbra.yaml');
  const links = { tap: join(folder, 'wire.sock'), comparator: join(folder, 'tap.sock') };
  writeFileSync(config, configOf({ production, shadowPort, apiPort, store, link: links.comparator }));
  const wire = await startWire(links);
  let comparator: ChildProcess | null = null;
  const startComparator = async (): Promise<void> => {
    const serve = [process.execPath, entry, 'serve', '--config', config, '--log-level', 'silent'];
    const inside = `mount -t tmpfs -o size=${diskBytes} tmpfs ${store} && exec "$@"`;
    const [program, ...args] = (hasDisk ? ['unshare', '-Urm', 'sh', '-c', inside, 'sh', ...serve] : serve) as [
      string,
      ...string[],
    ];
    comparator = start(program, args, aside);
    await listening(apiPort);
  };
  await startComparator();
  const ways = ['--listen', `127.0.0.1:${tapPort}`, '--upstream', `127.0.0.1:${production}`, '--link', links.tap];
  await once(start(process.execPath, [entry, 'tap', ...ways], { core: proxyCore }), 'message');
  /** The comparator's disk, as it is seen from here. */
  const filler = (): string => `/proc/${comparator?.pid}/root${join(store, 'filler')}`;
  return {
    tapPort,
    accessLog,
    shadow,
    fillDisk: hasDisk
      ? () => void spawnSync('dd', ['if=/dev/zero', `of=${filler()}`, 'bs=64k', `count=${diskBytes / 65536}`])
      : null,
    freeDisk: () => rmSync(filler(), { force: true }),
    killComparator: async () => {
      const killed = comparator;
      if (killed === null) return;
      const ended = once(killed, 'exit');
      killed.kill('SIGKILL');
      await ended;
    },
    startComparator,
    cutLink: wire.cut,
  };
}

function canMount(): boolean {
  return spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}

async function startProduction(folder: string, port: number): Promise<string> {
  const root = join(folder, 'production');
  mkdirSync(root);
  const accessLog = join(folder, 'access.log');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${root}/${name};`,
  );
  const conf = join(root, 'nginx.conf');
  writeFileSync(
    conf,
    `daemon off; worker_processes 1; pid ${root}/pid; error_log stderr crit;
events { worker_connections 1024; }
http {
  log_format ids '$arg_id'; access_log ${accessLog} ids;
  keepalive_requests 1000000000; keepalive_timeout 3600s; client_body_buffer_size 64k; default_type application/json;
  ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 '${answerStart}$arg_id${answerRest}'; }
  }
}`,
  );
  execFileSync('nginx', ['-t', '-q', '-c', conf, '-p', root, '-e', 'stderr']);
  start('nginx', ['-c', conf, '-p', root, '-e', 'stderr'], { core: loadCore });
  await listening(port);
  return accessLog;
}

/** Passes everything from the tap on to the comparator until it is cut. */
async function startWire(links: { tap: string; comparator: string }): Promise<{ cut: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ path: links.comparator });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
    near.pipe(far);
  });
  server.listen(links.tap);
  await once(server, 'listening');
  return {
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}

interface Parts {
  readonly production: number;
  readonly shadowPort: number;
  readonly apiPort: number;
  readonly store: string;
  readonly link: string;
}

const configOf = ({ production, shadowPort, apiPort, store, link }: Parts): string => `service: endurance
production: {url: "http://127.0.0.1:${production}", protocol: open-inference-v2, slo: {latency: 1s}}
decisions:
  late: {output: "p[:,1]", label: above 0.5}
source: {tap: {link: "${link}", share: 100%}}
bucket: 500ms
joinDeadline: 1500ms
experiments:
  release:
    arms:
      control: {target: {url: "http://127.0.0.1:${shadowPort}"}, deadline: 500ms}
      candidate: {target: {url: "http://127.0.0.1:${shadowPort}"}, deadline: 500ms}
    expect: {candidate.late: {flip: at most 5%}}
    warmUp: 0
    budget: {requests: 2000 per second, inFlight: 64}
    maxTime: 2h
api: {listen: "127.0.0.1:${apiPort}"}
store: {path: "${store}/penumbra.db"}
`;
