// A tap in this process in front of any port, with the real link to a real tap source that keeps what it is given.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../src/io/ports.ts';
import { createTapSource, type TapSource } from '../../src/io/sources/tap.ts';
import type { RawExchange } from '../../src/model.ts';
import { startTap, type Tap, type TapOptions } from '../../src/tap/tap.ts';

export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export const systemClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

export async function makeLinkPath(): Promise<{ linkPath: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'penumbra-tap-'));
  return { linkPath: join(folder, 'tap.sock'), remove: () => rm(folder, { recursive: true, force: true }) };
}

export function startTapAt(port: number, linkPath: string | null, options: Partial<TapOptions> = {}): Promise<Tap> {
  return startTap({
    listen: { host: '127.0.0.1', port: 0 },
    upstream: { host: '127.0.0.1', port },
    linkPath,
    share: 1,
    maxCopyBytes: 16 * 1024 * 1024,
    maxBodyBytes: 1024 * 1024,
    maxConnections: 1000,
    methods: [],
    routes: [],
    relayBy: 'handles',
    ...options,
  });
}

export interface Receiver {
  readonly source: TapSource;
  readonly exchanges: RawExchange[];
}

export async function startReceiver(linkPath: string): Promise<Receiver> {
  const exchanges: RawExchange[] = [];
  const source = createTapSource({ linkPath, clock: systemClock, log: silentLog });
  await source.start((exchange) => exchanges.push(exchange));
  return { source, exchanges };
}

/** Resolves once the condition holds; looks again at every turn of the event loop. */
export async function until(holds: () => boolean, withinMs = 60_000): Promise<void> {
  const startedMs = performance.now();
  while (!holds()) {
    if (performance.now() - startedMs > withinMs) throw new Error(`still not so after ${withinMs} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
