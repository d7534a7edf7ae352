// Shadow arms without a network: the answer's bytes stand in a table and are decoded as an answer off the wire is; one that hangs
// never answers and keeps its deadline, as a target must.
import type { Codec, Target, TargetReply } from '../../../src/io/ports.ts';
import { shadowAnswerTo } from './exchanges.ts';

export function createTableTarget(codec: Codec): Target {
  return {
    name: 'table',
    inProcess: false,
    ready: async () => ({ version: 'v2' }),
    call: async ({ message }): Promise<TargetReply> => {
      const answer = codec.decodeAnswer(shadowAnswerTo(message.body));
      return { status: 'ok', reason: null, latencyMs: 4, answer };
    },
    close: async () => {},
  };
}
