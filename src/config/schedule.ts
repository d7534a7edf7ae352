// `schedule`: when something starts by itself, as a cron line in a time zone, and (for an experiment) how long it then goes on.
import type { Static, TSchema } from 'typebox';
import { messageOf } from '../errors.ts';
import { isZone, readCron, zonedTime } from '../io/cron.ts';
import type { CronTimes } from '../model.ts';
import { childOf, readShape, type Spot, show } from './shape.ts';

const standardZone = 'UTC';

/** Null when anything was reported; what else the schema holds is read with it. */
export function readSchedule<Schema extends TSchema>(schema: Schema, spot: Spot): (Static<Schema> & CronTimes) | null {
  const { path, problems } = spot;
  const before = problems.count();
  const shape = readShape(schema, spot) as (Static<Schema> & CronTimes) | null;
  const { value: zone = standardZone } = childOf(spot, 'zone');
  const { value: at } = childOf(spot, 'at');
  const isKnown = typeof zone === 'string' && isZone(zone);
  if (typeof zone === 'string' && zone !== '' && !isKnown) {
    problems.at([...path, 'zone'], `zone requires a time zone such as Europe/Berlin or UTC, got ${show(zone)}`);
  }
  try {
    if (typeof at === 'string' && at !== '') readCron(at, { zone: isKnown ? zone : standardZone });
  } catch (thrown) {
    problems.at([...path, 'at'], messageOf(thrown));
  }
  return problems.count() > before ? null : shape;
}

const shown = 3;

/** "Mon 2026-11-23 03:00 Europe/Berlin, Tue …": the next three times after this moment. */
export function nextTimes({ at, zone }: CronTimes, afterMs: number): string {
  const cron = readCron(at, { zone });
  const times: string[] = [];
  for (let ms = cron.nextAfter(afterMs); times.length < shown && Number.isFinite(ms); ms = cron.nextAfter(ms)) {
    times.push(zonedTime(ms, zone));
  }
  return times.join(', ');
}
