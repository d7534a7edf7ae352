// `--listen host:port` as people write it, and what a failed listen means in words.
import type { FastifyInstance } from 'fastify';
import { messageOf, PenumbraError } from '../errors.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** @throws PenumbraError USAGE */
export function parseListenAddress(text: string): ListenAddress {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(found?.[3] ?? Number.NaN);
  const host = found?.[1] ?? found?.[2];
  if (host === undefined || !(port <= 65535)) {
    throw new PenumbraError(
      'USAGE',
      `an address to listen on requires host:port such as 127.0.0.1:8080 (port 0: any free one), not "${text}"`,
    );
  }
  return { host, port };
}

/** Resolves with the real URL and port.
 * @throws PenumbraError ADDRESS_IN_USE, BIND_REFUSED */
export async function listenOn(app: FastifyInstance, address: ListenAddress): Promise<{ url: string; port: number }> {
  try {
    await app.listen(address);
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
    const place = `${address.host}:${address.port}`;
    if (code === 'EADDRINUSE')
      throw new PenumbraError('ADDRESS_IN_USE', `${place} is in use by another process`, place);
    throw new PenumbraError('BIND_REFUSED', `cannot listen on ${place}: ${messageOf(thrown)}`, place);
  }
  const bound = app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return { url: `http://${host}:${port}`, port };
}
