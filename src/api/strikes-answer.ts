// What the API answers about an arm whose process is struck.
import { type TSchema, Type } from 'typebox';

const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);

export const strikes = Type.Object(
  {
    count: Type.Integer({ description: 'how often its process was struck' }),
    recovered: Type.Integer({ description: 'strikes after which a correct answer was seen' }),
    firstCorrectMs: nullable(
      Type.Object(
        { median: Type.Number(), max: Type.Number() },
        { description: 'from a strike to the first correct answer to a request that was sent after it' },
      ),
    ),
    hit: Type.Integer({ description: 'requests sent while a strike acted, or under way when it fell' }),
    lost: Type.Integer({ description: 'of these, without an answer that could be used' }),
    wrong: Type.Integer({ description: 'of these, answered materially otherwise than production' }),
    slow: Type.Integer({ description: 'of these, answered later than the latency SLO' }),
  },
  { description: 'of an arm whose process is struck, in this run since the comparator started' },
);
