// Listens on a Unix socket that only this user may open. A socket file that a dead process left behind is taken over;
// one that somebody answers on, or a file that is no socket, is left alone and said so.
import { lstat, unlink } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';
import { messageOf, PenumbraError } from '../../errors.ts';

/** @throws PenumbraError ADDRESS_IN_USE when the path is taken, BIND_REFUSED when it cannot be used. */
export async function listenOnSocket(path: string, accept: (socket: Socket) => void): Promise<Server> {
  try {
    return await listen(path, accept);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw unusable(path, error);
  }
  if (!(await lstat(path)).isSocket()) {
    throw new PenumbraError(
      'ADDRESS_IN_USE',
      `the tap link requires a free path; a file that is no socket is at ${path} (source.tap.link names another)`,
      path,
    );
  }
  if (await isAnswered(path)) {
    throw new PenumbraError(
      'ADDRESS_IN_USE',
      `the tap link requires a free path; another process listens at ${path} (source.tap.link names another)`,
      path,
    );
  }
  await unlink(path);
  return listen(path, accept).catch((error: unknown) => {
    throw unusable(path, error);
  });
}

function listen(path: string, accept: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(accept);
    server.once('error', reject);
    // The mode is set by the umask at the moment of binding, which happens within this call: no instant in which others
    // could connect. Worker threads cannot set it.
    const umask = isMainThread ? process.umask(0o177) : null;
    try {
      server.listen(path, () => {
        server.off('error', reject);
        // A failed accept loses a tap connection, which comes again by itself.
        server.on('error', () => undefined);
        resolve(server);
      });
    } finally {
      if (umask !== null) process.umask(umask);
    }
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function unusable(path: string, error: unknown): PenumbraError {
  return new PenumbraError('BIND_REFUSED', `the tap link cannot listen: ${messageOf(error)}`, path);
}
