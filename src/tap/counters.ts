// What the tap saw, copied, lost and could not read: plain numbers, sent to the comparator in every status frame.
// The reasons are closed lists and double as metric labels.

/** Why the framing of a connection is no longer followed. The bytes are relayed all the same. */
export const blindReasons = [
  'tls',
  'h2',
  'not_http',
  'upgrade',
  'connect',
  'malformed',
  'bare_line_end',
  'obs_fold',
  'head_too_large',
  'content_length',
  'transfer_encoding',
  'framing_conflict',
  'bad_chunk',
  'unexpected_answer',
  'after_close',
  'expect_refused',
  'pipeline_too_deep',
  'fault',
] as const;

export type BlindReason = (typeof blindReasons)[number];

/**
 * Why a sampled exchange was not handed over. `cut`: a side closed before the exchange was whole; `no_link`: no comparator
 * at the other end; `link_broken`: written to a link that failed before it was all taken (it may have arrived).
 */
export const lossReasons = ['no_link', 'queue_full', 'too_large', 'cut', 'blind', 'link_broken', 'fault'] as const;

export type LossReason = (typeof lossReasons)[number];

export interface Counters {
  connections: number;
  open: number;
  /** Connections closed because of --max-connections: too many were waiting for a place, or they waited too long. */
  refused: number;
  /** Connections whose upstream could not be reached. */
  unreachable: number;
  requests: number;
  /** Requests that the share would have taken and the allow-list did not. */
  unlisted: number;
  sampled: number;
  copied: number;
  readonly lost: Record<LossReason, number>;
  readonly blind: Record<BlindReason, number>;
}

export function createCounters(): Counters {
  return {
    connections: 0,
    open: 0,
    refused: 0,
    unreachable: 0,
    requests: 0,
    unlisted: 0,
    sampled: 0,
    copied: 0,
    lost: zeros(lossReasons),
    blind: zeros(blindReasons),
  };
}

function zeros<Reason extends string>(reasons: readonly Reason[]): Record<Reason, number> {
  return Object.fromEntries(reasons.map((reason) => [reason, 0])) as Record<Reason, number>;
}
