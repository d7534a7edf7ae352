// HTTP targets and the servers they ask, opened by a test and closed after it.
import type { Target } from '../../src/io/ports.ts';
import { createHttpTarget } from '../../src/io/targets/http.ts';
import { type Behaviour, type EvilServer, startEvilServer } from './evil-server.ts';
import { oipCodec } from './target-call.ts';

const open: (() => Promise<void>)[] = [];

export async function closeAll(): Promise<void> {
  for (const close of open.splice(0)) await close();
}

export function targetAt(url: string, options: Partial<Parameters<typeof createHttpTarget>[0]> = {}): Target {
  const target = createHttpTarget({ url, codec: oipCodec, ...options });
  open.push(() => target.close());
  return target;
}

export async function serverWith(behave: Behaviour): Promise<EvilServer> {
  const server = await startEvilServer(behave);
  open.push(() => server.close());
  return server;
}
