// The ways between client and production that are compared, each a process on the measured core.
import { once } from 'node:events';
import { join } from 'node:path';
import { type HopPorts, startNginx } from './nginx.ts';
import { listening, loadCore, type Pin, proxyCore, start, startNode } from './processes.ts';

export interface Hop {
  readonly name: string;
  readonly port: number;
  /** Of the process whose first thread is in the path. */
  readonly pid: number;
  /** Says what the receiver behind a tap has seen. */
  readonly receiver?: ReturnType<typeof startNode>;
}

export interface Bed {
  readonly folder: string;
  readonly ports: HopPorts;
  /** The next port that nobody uses. */
  nextPort(): number;
}

const measured: Pin = { core: proxyCore };
const aside: Pin = { core: loadCore, nice: 19 };
export const entry = process.env.PENUMBRA_TEST_ENTRY ?? 'dist/main.js';

export async function createBed(folder: string): Promise<Bed> {
  // Below the ports that the kernel gives to outgoing connections.
  let last = 10_000 + (process.pid % 20_000);
  const nextPort = (): number => ++last;
  const ports = { production: nextPort(), shadow: nextPort() };
  await startNginx({ folder, name: 'production', port: ports.production }, { core: loadCore });
  await startNginx({ folder, name: 'shadow', port: ports.shadow }, aside);
  return { folder, ports, nextPort };
}

export async function nginxHop(bed: Bed, { isMirroring }: { isMirroring: boolean }): Promise<Hop> {
  const name = isMirroring ? 'nginx with mirror' : 'nginx';
  const port = bed.nextPort();
  const options = { folder: bed.folder, name: `hop-${port}`, port, hop: { ...bed.ports, isMirroring } };
  const { pid } = await startNginx(options, measured);
  return { name, port, pid };
}

export interface TapHopOptions {
  /** Null: copying off. */
  readonly share: string | null;
  /** Null: what is copied is taken and let go of. */
  readonly shadowPort?: number | null;
  readonly flags?: readonly string[];
}

export async function tapHop(bed: Bed, { share, shadowPort = null, flags = [] }: TapHopOptions): Promise<Hop> {
  const port = bed.nextPort();
  const linkPath = join(bed.folder, `tap-${port}.sock`);
  const args = ['tap', '--listen', `127.0.0.1:${port}`, '--upstream', `127.0.0.1:${bed.ports.production}`, ...flags];
  if (share === null) {
    const tap = start(process.execPath, [entry, ...args], measured);
    await once(tap, 'message');
    return { name: 'tap, copying off', port, pid: tap.pid as number };
  }
  const shadow = shadowPort === null ? [] : [String(shadowPort)];
  const receiver = startNode(new URL('receiver.ts', import.meta.url), [linkPath, ...shadow], aside);
  await once(receiver, 'message');
  const tap = start(process.execPath, [entry, ...args, '--link', linkPath, '--share', share], measured);
  await once(tap, 'message');
  return { name: `tap, ${share} copied`, port, pid: tap.pid as number, receiver };
}

export async function peerHop(bed: Bed, name: 'fastify-http-proxy' | 'undici-copy'): Promise<Hop> {
  const port = bed.nextPort();
  const args = [port, bed.ports.production, bed.ports.shadow].map(String);
  const peer = startNode(new URL(`peers/${name}.ts`, import.meta.url), args, measured);
  await listening(port);
  const title = name === 'undici-copy' ? 'node:http and undici, copying' : '@fastify/http-proxy';
  return { name: title, port, pid: peer.pid as number };
}
