// The nginx instances: production, the shadow, and the hops that the tap is measured against.

import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listening, type Pin, start } from './processes.ts';

/** 0.3 KB with its head. */
const answer = `{\\"model_name\\":\\"m\\",\\"outputs\\":[{\\"name\\":\\"p\\",\\"shape\\":[1,2],\\"datatype\\":\\"FP32\\",\\"data\\":[0.123456,0.876544]}],\\"pad\\":\\"${'a'.repeat(170)}\\"}`;

const production = (port: number): string => `
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { return 200 "${answer}"; }
  }`;

const upstreams = (productionPort: number, shadowPort: number): string => `
  upstream production { server 127.0.0.1:${productionPort}; keepalive 256; keepalive_requests 1000000000; }
  upstream shadow { server 127.0.0.1:${shadowPort}; keepalive 256; keepalive_requests 1000000000; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";`;

export interface HopPorts {
  readonly production: number;
  readonly shadow: number;
}

/** `proxy_pass` and nothing else; with `mirror`, each request is also sent to the shadow. */
const hop = (
  port: number,
  ports: HopPorts,
  isMirroring: boolean,
): string => `${upstreams(ports.production, ports.shadow)}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / { ${isMirroring ? 'mirror /mirror; ' : ''}proxy_pass http://production; }
    location = /mirror { internal; proxy_pass http://shadow$request_uri; }
  }`;

export interface NginxOptions {
  readonly folder: string;
  readonly name: string;
  readonly port: number;
  readonly hop?: HopPorts & { readonly isMirroring: boolean };
}

/** Resolves with the process id of the one worker, once it listens. */
export async function startNginx(options: NginxOptions, pin: Pin): Promise<{ child: ChildProcess; pid: number }> {
  const { folder, name, port, hop: between } = options;
  const root = join(folder, name);
  mkdirSync(root);
  const server = between === undefined ? production(port) : hop(port, between, between.isMirroring);
  const conf = join(root, 'nginx.conf');
  writeFileSync(conf, confOf(root, server));
  const child = start('nginx', ['-c', conf, '-p', root, '-e', 'stderr'], pin);
  await listening(port);
  return { child, pid: workerOf(child.pid as number) };
}

const confOf = (root: string, server: string): string => `
daemon off; worker_processes 1; pid ${root}/pid; error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off; keepalive_requests 1000000000; keepalive_timeout 3600s; client_body_buffer_size 64k;
  client_body_temp_path ${root}/body; proxy_temp_path ${root}/proxy; fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi; scgi_temp_path ${root}/scgi;${server}
}`;

function workerOf(master: number): number {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    if (parentOf(name) === master) return Number(name);
  }
  throw new Error('nginx has no worker');
}

function parentOf(pid: string): number | null {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return null;
  }
}

export function versionsOf(): Record<string, string> {
  const said = (program: string, args: string[]): string => {
    try {
      return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
    } catch (error) {
      return String((error as { stdout?: string }).stdout ?? '');
    }
  };
  const package_ = said('dpkg-query', [
    '-W',
    `-f=\${Package} \${Version}\n`,
    'nginx-core',
    'nginx-light',
    'nginx',
    'wrk',
  ]);
  return {
    node: process.version,
    debian: package_
      .trim()
      .split('\n')
      .filter((line) => line.includes(' ') && !line.endsWith(' '))
      .join(', '),
  };
}
