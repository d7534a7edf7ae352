// Opening a listener, and what a failure to do so means in words.
import type { Server } from 'node:net';
import { messageOf, PenumbraError } from '../../errors.ts';
import { type HostPort, hostPortText } from './settings.ts';

/** @throws PenumbraError ADDRESS_IN_USE, BIND_REFUSED */
export function listenAt(server: Server, { host, port }: HostPort): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (thrown: Error & { code?: string }): void => {
      const place = hostPortText({ host, port });
      if (thrown.code === 'EADDRINUSE')
        reject(new PenumbraError('ADDRESS_IN_USE', `${place} is in use by another process`, place));
      else reject(new PenumbraError('BIND_REFUSED', `cannot listen on ${place}: ${messageOf(thrown)}`, place));
    };
    server.once('error', refused);
    server.listen({ host, port }, () => {
      server.off('error', refused);
      // A failed accept (no more descriptors) costs that connection, not the proxy.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

export function portOf(server: Server): number {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}
