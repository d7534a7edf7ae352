// Asks of a recorded exchange, before it moves any clock, whether it would be understood: its time is believed only then. One line from the
// future, or a stray call that only looks like traffic, must not close the buckets of all that follows.
import { codecOf } from '../../app/open-target.ts';
import { readerFor } from '../../app/read-exchanges.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { RawExchange } from '../../model.ts';

export interface Understanding {
  /** Null: understood. */
  readonly problem: string | null;
  /** Whether a run counts it, be it as one that could not be read; else it is none of its business. */
  readonly isCounted: boolean;
}

/** `realNowMs`: nothing was recorded after this, but for the 30 s that clocks may differ. */
export function createUnderstand(config: EffectiveConfig, realNowMs: number): (exchange: RawExchange) => Understanding {
  const read = readerFor(config, { codec: codecOf(config), nowMs: () => realNowMs });
  return (exchange) => {
    const seen = read(exchange);
    const problem = seen.type === 'comparable' ? null : seen.problem;
    return { problem: problem?.message ?? null, isCounted: seen.type !== 'ignored' };
  };
}
