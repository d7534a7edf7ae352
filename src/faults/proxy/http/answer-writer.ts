// One answer on its way to the caller, with what the fault does to its bytes: damaged, slowed, cut or reset in the middle.
import type { Socket } from 'node:net';
import { damage } from '../damage.ts';
import type { Engagement } from '../engagement.ts';
import type { Effect } from '../fault.ts';
import { createPace, type Pace } from '../pace.ts';
import { reset, send } from '../sockets.ts';
import type { Span } from './chunked.ts';

export type Written = 'ok' | 'gone' | 'reset' | 'cut';

/** At once where nothing has to be waited for, which is most of the time. */
export type Writing = Written | Promise<Written>;

export interface AnswerWriter {
  /** `isFollowed`: its body's first bytes are here, and leave together with it. */
  head(bytes: Buffer, options: { isFollowed: boolean }): Writing;
  /** `data`: where content lies in the bytes. */
  body(bytes: Buffer, data: readonly Span[]): Writing;
}

export interface WriterSetting {
  readonly client: Socket;
  readonly effect: Effect | null;
  readonly engagement: Engagement;
}

export function createAnswerWriter({ client, effect, engagement }: WriterSetting): AnswerWriter {
  const pace = effect?.bytesPerSecond ? createPace(effect.bytesPerSecond, { client, engagement }) : null;
  const corrupt = effect?.corrupt;
  let waiting: Buffer | null = null;
  return {
    head: (bytes, { isFollowed }) => {
      if (effect?.reset === 'answer') return resetWithin(client, { bytes, pace });
      if (!isFollowed || effect !== null) return write(client, { bytes, pace });
      waiting = bytes;
      return 'ok';
    },
    body: (bytes, data) => {
      if (waiting !== null) {
        const both = joined(waiting, bytes);
        waiting = null;
        return write(client, { bytes: both, pace });
      }
      if (corrupt === undefined || data.length === 0) return write(client, { bytes, pace });
      if (corrupt !== 'cut') return write(client, { bytes: damage(bytes, corrupt, { spans: data }), pace });
      return cutWithin(client, { bytes, pace, span: data[0] });
    },
  };
}

interface Piece {
  readonly bytes: Buffer;
  readonly pace: Pace | null;
}

function write(client: Socket, { bytes, pace }: Piece): Writing {
  const isOk = pace === null ? send(client, bytes) : pace(bytes);
  if (typeof isOk === 'boolean') return isOk ? 'ok' : 'gone';
  return isOk.then((isSent) => (isSent ? 'ok' : 'gone'));
}

async function resetWithin(client: Socket, { bytes, pace }: Piece): Promise<Written> {
  await write(client, { bytes: bytes.subarray(0, Math.ceil(bytes.length / 2)), pace });
  reset(client);
  return 'reset';
}

async function cutWithin(client: Socket, { bytes, pace, span }: Piece & { span: Span | undefined }): Promise<Written> {
  const { from = 0, to = 0 } = span ?? {};
  const written = await write(client, { bytes: bytes.subarray(0, from + Math.floor((to - from) / 2)), pace });
  return written === 'ok' ? 'cut' : written;
}

/** Without a copy where the two came in one piece, as they mostly do: one system call instead of two. */
function joined(head: Buffer, body: Buffer): Buffer {
  const isOne = head.buffer === body.buffer && head.byteOffset + head.length === body.byteOffset;
  return isOne ? Buffer.from(head.buffer, head.byteOffset, head.length + body.length) : Buffer.concat([head, body]);
}
