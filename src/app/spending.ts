// What runs are paid from besides their own rate: the day of their experiment, and the cap over all experiments. What a day has used is kept in
// a file beside the store, so that a restart refills nothing.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import type { ServiceBlastRadius } from '../config/budget.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { Experiment } from '../model.ts';
import {
  createDayAllowance,
  type DayAllowance,
  type DayLedger,
  type DayLimits,
  type DaySpent,
} from '../pipeline/day-allowance.ts';
import type { RunPurse } from '../pipeline/purse.ts';
import { createRatePurse } from '../pipeline/rate-purse.ts';

export interface Spending {
  pursesOf(experiment: Experiment): readonly RunPurse[];
  /** What was used of which limit of the day, for people; empty without one. */
  notesOf(experiment: Experiment): readonly string[];
  /** Gives back what is reserved and unused. */
  settle(): void;
}

export interface SpendingDeps {
  /** Absent: no cap over all experiments. */
  readonly service?: ServiceBlastRadius | undefined;
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** No experiment can be called so. */
const serviceKey = 'all experiments';

/** @throws STORE_UNUSABLE when what was spent cannot be read: then nobody knows what is left */
export function createSpending({ service, file, clock, log }: SpendingDeps): Spending {
  const ledger = openLedger(file);
  const { nowMs } = clock;
  const paceMs = clock.paceMs ?? clock.monotonicMs;
  const days = new Map<string, DayAllowance>();
  const dayOf = (key: string, limits: DayLimits): DayAllowance => {
    const day = days.get(key) ?? createDayAllowance({ key, limits, ledger, nowMs, paceMs, log });
    days.set(key, day);
    return day;
  };
  const shared: readonly RunPurse[] = service === undefined ? [] : sharedPurses(service, { dayOf, paceMs });
  return {
    pursesOf: ({ name, blastRadius }) => {
      const limits = dayLimitsOf(blastRadius);
      return limits === null ? shared : [{ purse: dayOf(name, limits), perArm: true }, ...shared];
    },
    notesOf: ({ name, blastRadius }) => [
      ...noteOf('each arm', { limits: dayLimitsOf(blastRadius), day: days.get(name) }),
      ...noteOf('all experiments together', { limits: serviceDay(service), day: days.get(serviceKey) }),
    ],
    settle: () => {
      for (const [key, day] of days) {
        try {
          day.settle();
        } catch (thrown) {
          log.warn({ budget: key, problem: messageOf(thrown) }, 'what is left of a day could not be given back');
        }
      }
    },
  };
}

interface Sharing {
  readonly dayOf: (key: string, limits: DayLimits) => DayAllowance;
  readonly paceMs: () => number;
}

function sharedPurses(service: ServiceBlastRadius, { dayOf, paceMs }: Sharing): readonly RunPurse[] {
  const rates = { requests: service.maxRequestsPerSecond, bytes: service.maxBytesPerSecond };
  const day = serviceDay(service);
  return [
    { purse: createRatePurse(rates, { paceMs }), perArm: false },
    ...(day === null ? [] : [{ purse: dayOf(serviceKey, day), perArm: false }]),
  ];
}

type DayCaps = Pick<Experiment['blastRadius'], 'maxRequestsPerDay' | 'maxBytesPerDay'>;

/** Null: nothing is limited by the day. */
function dayLimitsOf({ maxRequestsPerDay: requests = null, maxBytesPerDay: bytes = null }: DayCaps): DayLimits | null {
  return requests === null && bytes === null ? null : { requests, bytes };
}

function serviceDay(service: ServiceBlastRadius | undefined): DayLimits | null {
  return service === undefined ? null : dayLimitsOf(service);
}

/** A budget of which less is used is nobody's news. */
const worthSaying = 0.8;

function noteOf(
  who: string,
  { limits, day }: { limits: DayLimits | null; day: DayAllowance | undefined },
): readonly string[] {
  if (limits === null || day === undefined) return [];
  const { requests, bytes, untilMs } = day.used();
  const reaches = (part: number): boolean => isAt(requests, limits.requests, part) || isAt(bytes, limits.bytes, part);
  if (!reaches(worthSaying)) return [];
  const isUsedUp = reaches(1);
  const of = (amount: number, limit: number | null): string => (limit === null ? `${amount}` : `${amount} of ${limit}`);
  const figures = `${of(requests, limits.requests)} requests and ${of(bytes, limits.bytes)} bytes`;
  const until = new Date(untilMs).toISOString();
  return [
    `budget of the day, for ${who}: ${figures}${isUsedUp ? '; it is used up, and nothing more is sent' : ''}, until ${until}`,
  ];
}

function isAt(amount: number, limit: number | null, part: number): boolean {
  return limit !== null && amount >= part * limit;
}

function openLedger(file: string): DayLedger {
  const kept = new Map<string, DaySpent>(Object.entries(readKept(file)));
  return {
    read: (key) => kept.get(key) ?? null,
    write: (key, spent) => {
      const next = new Map(kept).set(key, spent);
      writeDurably(file, JSON.stringify(Object.fromEntries(next)));
      kept.set(key, spent);
    },
  };
}

function readKept(file: string): Readonly<Record<string, DaySpent>> {
  if (!existsSync(file)) return {};
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, DaySpent>;
  } catch (thrown) {
    const why = `what was sent today cannot be read from ${file}: ${messageOf(thrown)}; move it away to begin a new day`;
    throw new PenumbraError('STORE_UNUSABLE', why);
  }
}

/** Whole or not at all, and on the disk when it returns. */
function writeDurably(file: string, text: string): void {
  const descriptor = openSync(`${file}.new`, 'w');
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(`${file}.new`, file);
}
