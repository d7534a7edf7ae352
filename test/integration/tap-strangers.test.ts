// The tap in front of servers that penumbra's authors did not write (nginx, Python's http.server), with odd but legal HTTP:
// what the client reads through the tap must equal, byte for byte, what it reads without it.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTap, type Tap } from '../../src/tap/tap.ts';
import { freePort } from '../support/free-port.ts';
import { openRawClient } from '../support/raw-sockets.ts';

const folder = mkdtempSync(join(tmpdir(), 'penumbra-strangers-'));
const children: ChildProcess[] = [];
const taps: Tap[] = [];

afterAll(async () => {
  await Promise.all(taps.map((tap) => tap.stop({ drainMs: 0 })));
  for (const child of children) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

async function answers(port: number): Promise<void> {
  for (;;) {
    try {
      (await openRawClient(port)).socket.destroy();
      return;
    } catch {
      await new Promise((resume) => setTimeout(resume, 20));
    }
  }
}

async function tapBefore(port: number): Promise<number> {
  const tap = await startTap({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port },
    linkPath: null,
    share: 1,
    maxCopyBytes: 1 << 20,
    maxBodyBytes: 1 << 20,
    maxConnections: 100,
    methods: [],
    routes: [],
    relayBy: 'handles',
  });
  taps.push(tap);
  return tap.address.port;
}

/** Sends the text and reads until the server leaves. The clock is the only thing that may differ between two answers. */
async function conversation(port: number, text: string): Promise<string> {
  const client = await openRawClient(port);
  // No half-close: nginx takes one for an abort while it waits for an upstream, and what it then sends is a race.
  await client.write(text);
  await client.left();
  client.socket.destroy();
  return `${client.transcript.bytes.replace(/\r\nDate: [^\r]+/gi, '\r\nDate: now')}<${client.transcript.end}>`;
}

const nginxConf = (port: number): string => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr crit;
events { worker_connections 64; }
http {
  access_log off; default_type text/plain; root ${folder}/www; etag on; gzip on; gzip_min_length 1; gzip_types text/plain;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    location = /nothing { return 204; }
    location = /moved { return 301 /file.txt; }
    location = /body { client_max_body_size 4m; proxy_pass http://127.0.0.1:${port}/ok; }
    location = /ok { return 200 "ok\\n"; }
  }
}`;

const get = (path: string, headers = '', version = '1.1'): string =>
  `GET ${path} HTTP/${version}\r\nHost: x\r\n${headers}\r\n`;
const closing = 'Connection: close\r\n';

const scripts: Readonly<Record<string, string>> = {
  'a file, then close': get('/file.txt', closing),
  HEAD: `HEAD /file.txt HTTP/1.1\r\nHost: x\r\n${closing}\r\n`,
  'chunked by gzip': get('/file.txt', `Accept-Encoding: gzip\r\n${closing}`),
  '204': get('/nothing', closing),
  '301': get('/moved', closing),
  '304': get('/file.txt', `If-Modified-Since: Fri, 01 Jan 2038 00:00:00 GMT\r\n${closing}`),
  '206, one range and several':
    get('/file.txt', 'Range: bytes=2-5\r\n') + get('/file.txt', `Range: bytes=0-1,-2\r\n${closing}`),
  'HTTP/1.0 without a length': get('/file.txt', 'Accept-Encoding: gzip\r\n', '1.0'),
  'HTTP/1.0 keep-alive, then 1.1': get('/file.txt', 'Connection: keep-alive\r\n', '1.0') + get('/nothing', closing),
  'four pipelined': `${get('/file.txt')}HEAD /file.txt HTTP/1.1\r\nHost: x\r\n\r\n${get('/nothing')}${get('/moved', closing)}`,
  'a chunked request with extension and trailer': `POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n${closing}\r\n5;a=b\r\nhello\r\n0\r\nX-T: 1\r\n\r\n`,
  'a body that looks like a request': `POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 28\r\n${closing}\r\nGET /file.txt HTTP/1.1\r\n\r\n\r\n`,
  'expect 100-continue': `POST /body HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n${closing}\r\nabc`,
  'a broken request line': 'GARBAGE\r\n\r\n',
  'two hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'length and chunked at once':
    'POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'not found': get('/absent', closing),
};

function makeFiles(): void {
  mkdirSync(join(folder, 'www'), { recursive: true });
  writeFileSync(join(folder, 'www', 'file.txt'), 'flight data, flight data, flight data\n'.repeat(400));
}

const hasNginx = spawnSync('nginx', ['-v']).status === 0;
if (!hasNginx) console.warn('SKIPPED: the tap in front of nginx: nginx is not installed (apt-get install nginx-light)');

describe.skipIf(!hasNginx)('in front of nginx', () => {
  let direct = 0;
  let tapped = 0;
  beforeAll(async () => {
    makeFiles();
    direct = await freePort();
    const conf = join(folder, 'nginx.conf');
    writeFileSync(conf, nginxConf(direct));
    children.push(spawn('nginx', ['-c', conf, '-e', 'stderr'], { stdio: 'ignore' }));
    await answers(direct);
    tapped = await tapBefore(direct);
  });

  it.each(Object.entries(scripts))('%s', async (_name, text) => {
    const expected = await conversation(direct, text);
    expect(expected).toMatch(/HTTP\/1\.[01] \d{3}/);
    expect(await conversation(tapped, text)).toBe(expected);
  });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) console.warn("SKIPPED: the tap in front of Python's http.server: python3 is not installed");

describe.skipIf(!hasPython)("in front of Python's http.server, which speaks HTTP/1.0 and closes", () => {
  let direct = 0;
  let tapped = 0;
  beforeAll(async () => {
    makeFiles();
    direct = await freePort();
    const server = ['-m', 'http.server', String(direct), '--bind', '127.0.0.1', '--directory', join(folder, 'www')];
    children.push(spawn('python3', server, { stdio: 'ignore' }));
    await answers(direct);
    tapped = await tapBefore(direct);
  });

  const names = [
    'a file, then close',
    'HEAD',
    '304',
    'not found',
    'a broken request line',
    'HTTP/1.0 without a length',
  ];
  it.each(names)('%s', async (name) => {
    const text = scripts[name] as string;
    const expected = await conversation(direct, text);
    // It answers a line it cannot read as HTTP/0.9 would: with the bare page.
    expect(expected).toMatch(/HTTP\/1\.0 |Error code: 400/);
    expect(await conversation(tapped, text)).toBe(expected);
  });
});
