// How `penumbra drill` sees the alert arrive: as a receiver of its own, or by asking an Alertmanager. Both say "seen" at most once.
import { createServer, type IncomingMessage } from 'node:http';
import { messageOf, PenumbraError } from '../../errors.ts';
import { isAtAlertmanager, type Sought } from '../../io/alertmanager.ts';
import type { ListenAddress } from '../../io/listen-address.ts';

export interface ArrivalWatch {
  /** Where the alert is looked for, for people. */
  readonly where: string;
  /** Whether it has been seen by now; `problem` is why that could not be found out. */
  look(sought: Sought): Promise<{ readonly isSeen: boolean; readonly problem: string | null }>;
  close(): Promise<void>;
}

export function askAlertmanager(url: string): ArrivalWatch {
  return {
    where: new URL(url).host,
    look: async (sought) => {
      try {
        return { isSeen: await isAtAlertmanager(url, sought), problem: null };
      } catch (thrown) {
        return { isSeen: false, problem: messageOf(thrown) };
      }
    },
    close: async () => {},
  };
}

const maxBodyBytes = 1024 * 1024;
const mostKept = 1000;

/**
 * Takes whatever is posted, from a webhook of `alerts:` or from who forwards it, and answers 204. Alerts are told apart by the drill's id.
 * @throws PenumbraError ADDRESS_IN_USE, BIND_REFUSED
 */
export async function listenForAlert({ host, port }: ListenAddress): Promise<ArrivalWatch> {
  const bodies: string[] = [];
  const server = createServer(async (message, reply) => {
    const body = await readCapped(message);
    if (body !== null && bodies.length < mostKept) bodies.push(body);
    reply.statusCode = body === null ? 413 : 204;
    reply.end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const isTaken = thrown.code === 'EADDRINUSE';
      const message = isTaken ? `${host}:${port} is in use by another process` : messageOf(thrown);
      reject(new PenumbraError(isTaken ? 'ADDRESS_IN_USE' : 'BIND_REFUSED', message));
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  const where = `${host}:${typeof bound === 'object' && bound !== null ? bound.port : port}`;
  return {
    where,
    look: async ({ run }) => ({ isSeen: bodies.some((body) => body.includes(run)), problem: null }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Null when it is too long, or broke off. */
async function readCapped(message: IncomingMessage): Promise<string | null> {
  let body = '';
  try {
    for await (const part of message.setEncoding('utf8')) {
      body += part as string;
      if (body.length > maxBodyBytes) return null;
    }
    return body;
  } catch {
    return null;
  }
}
