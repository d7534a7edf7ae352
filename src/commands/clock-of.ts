// The clock of a comparator: the machine's, but the recording's where a recording is the source.
import type { EffectiveConfig } from '../config/effective.ts';
import { PenumbraError } from '../errors.ts';
import { systemClock } from '../io/clock.ts';
import { createEventClock } from '../io/event-clock.ts';
import type { Clock } from '../io/ports.ts';
import { readExchangeFile } from '../io/sources/exchange-file.ts';

/** @throws PenumbraError RECORDING_INVALID when the recording cannot be read or holds no exchange */
export async function clockOf({ source: { file } }: Pick<EffectiveConfig, 'source'>): Promise<Clock> {
  if (file === undefined) return systemClock;
  for await (const { exchange } of readExchangeFile(file.path, { format: file.format })) {
    if (exchange !== null) return createEventClock(Math.floor(exchange.arrivedAt), systemClock);
  }
  throw new PenumbraError('RECORDING_INVALID', `the recording ${file.path} holds no exchange`, file.path);
}
