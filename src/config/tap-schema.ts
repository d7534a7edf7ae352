// `source.tap`: the in-path relay that copies live traffic, and which part of it.
import { Type } from 'typebox';
import { listen, share, size, text } from './fields.ts';

export const tapSchema = Type.Object(
  {
    listen: Type.Optional(listen('where clients connect instead of production; without it the tap is started by hand')),
    share: share('which part of the exchanges is copied', { default: '100%' }),
    routes: Type.Optional(
      Type.Array(text('a path without query; * stands for one segment, ** for anything'), {
        minItems: 1,
        maxItems: 100,
      }),
    ),
    methods: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Z]{1,20}$', description: 'a method in capitals' }), {
        minItems: 1,
        maxItems: 20,
      }),
    ),
    link: Type.Optional(text('the Unix socket over which copies reach the comparator; by default chosen at start')),
    body: size('messages with a longer body are relayed but not copied; at most 16MiB', { default: '4MiB' }),
    memory: size('the most memory that holds copies; beyond it they are dropped and counted', { default: '16MiB' }),
  },
  { additionalProperties: false },
);
