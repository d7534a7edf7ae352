// The nouns that flow through penumbra, as types only: what one part hands to the next.
// Times are milliseconds since the epoch (`…At`) or plain milliseconds (`…Ms`); shares and tolerances are fractions of 1.
export type * from './model/arm.ts';
export type * from './model/conservation.ts';
export type * from './model/evidence.ts';
export type * from './model/exchange.ts';
export type * from './model/experiment.ts';
export type * from './model/gate.ts';
export type * from './model/inference.ts';
export type * from './model/kill.ts';
export type * from './model/prediction.ts';
export type * from './model/segment.ts';
export type * from './model/transport.ts';
