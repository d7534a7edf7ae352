// One answer on its way to the caller, with what the fault does to its bytes: damaged, slowed, cut or reset in the middle.
import type { Socket } from 'node:net';
import { damage } from '../damage.ts';
import type { Engagement } from '../engagement.ts';
import type { Effect } from '../fault.ts';
import { createPace, type Pace } from '../pace.ts';
import { reset, send } from '../sockets.ts';
import type { Span } from './chunked.ts';

export type Written = 'ok' | 'gone' | 'reset' | 'cut';

export interface AnswerWriter {
  /** `isFollowed`: its body's first bytes are here, and leave together with it. */
  head(bytes: Buffer, options: { isFollowed: boolean }): Promise<Written>;
  /** `data`: where content lies in the bytes. */
  body(bytes: Buffer, data: readonly Span[]): Promise<Written>;
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
    head: async (bytes, { isFollowed }) => {
      if (isFollowed && effect === null) {
        waiting = bytes;
        return 'ok';
      }
      if (effect?.reset !== 'answer') return write(client, { bytes, pace });
      await write(client, { bytes: firstHalf(bytes), pace });
      reset(client);
      return 'reset';
    },
    body: async (bytes, data) => {
      if (waiting !== null) {
        const both = joined(waiting, bytes);
        waiting = null;
        return write(client, { bytes: both, pace });
      }
      if (corrupt === undefined || data.length === 0) return write(client, { bytes, pace });
      if (corrupt !== 'cut') return write(client, { bytes: damage(bytes, corrupt, { spans: data }), pace });
      const { from = 0, to = 0 } = data[0] ?? {};
      const written = await write(client, { bytes: bytes.subarray(0, from + Math.floor((to - from) / 2)), pace });
      return written === 'ok' ? 'cut' : written;
    },
  };
}

async function write(client: Socket, { bytes, pace }: { bytes: Buffer; pace: Pace | null }): Promise<Written> {
  const isOk = pace === null ? await send(client, bytes) : await pace(bytes);
  return isOk ? 'ok' : 'gone';
}

function firstHalf(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}

/** Without a copy where the two came in one piece, as they mostly do: one system call instead of two. */
function joined(head: Buffer, body: Buffer): Buffer {
  const isOne = head.buffer === body.buffer && head.byteOffset + head.length === body.byteOffset;
  return isOne ? Buffer.from(head.buffer, head.byteOffset, head.length + body.length) : Buffer.concat([head, body]);
}
