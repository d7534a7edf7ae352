// `chaos.traffic`: a file of requests, or what production gets while the suite runs (`live`). What a live suite needs beside it (stop
// conditions, a blast radius, perhaps a schedule), and what cannot be done on live traffic, stands here.
import { resolve } from 'node:path';
import type { Static } from 'typebox';
import { formatDuration } from '../core/units.ts';
import { readBudget } from './budget.ts';
import type { ChaosFault, ChaosTraffic, ChaosVersion, LiveTraffic } from './chaos-config.ts';
import { liveTrafficSchema, trafficSchema } from './chaos-schema.ts';
import { readSchedule } from './schedule.ts';
import { suiteScheduleSchema } from './schedule-schema.ts';
import type { SecretSetting } from './secret-fields.ts';
import { childOf, nameOf, readShape, type Spot } from './shape.ts';
import { readStopConditions } from './stop-when.ts';

/** Of the whole suite, since a live one says more beside it. Null when anything was reported. */
export function readTraffic(suite: Spot, setting: SecretSetting): ChaosTraffic | null {
  const spot = childOf(suite, 'traffic');
  const shape: Static<typeof trafficSchema> | null = readShape(trafficSchema, spot);
  if (!shape) return null;
  const { rows, recording, live, requests, rate: perSecond } = shape;
  if ([rows, recording, live].filter((one) => one !== undefined).length !== 1) {
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires either rows: FILE, recording: FILE or live: {}`);
    return null;
  }
  if (live !== undefined) return readLive(suite, { requests, setting });
  const before = spot.problems.count();
  for (const key of liveKeys) refuse(childOf(suite, key), 'is for live traffic: nothing of a file reaches production');
  if (spot.problems.count() > before) return null;
  const file = resolve(setting.directory, rows ?? recording ?? '');
  return { type: rows === undefined ? 'recording' : 'rows', file, requests, perSecond };
}

const liveKeys = ['budget', 'stopWhen', 'schedule'] as const;

function refuse({ value, path, problems }: Spot, why: string): void {
  if (value !== undefined) problems.atKey(path, `${nameOf(path)} ${why}`);
}

function readLive(
  suite: Spot,
  { requests, setting }: { readonly requests: number; readonly setting: SecretSetting },
): LiveTraffic | null {
  const { path, problems } = suite;
  const before = problems.count();
  const traffic = childOf(suite, 'traffic');
  const live = childOf(traffic, 'live');
  const shape = readShape(liveTrafficSchema, { ...live, value: live.value ?? {} });
  refuse(childOf(traffic, 'rate'), 'is for rows: live requests come when they come');
  refuse(childOf(suite, 'inFlight'), 'is for recorded traffic: write budget: {inFlight: 32}');
  const blastRadius = readBudget(childOf(suite, 'budget'), { maxOnProduction: null });
  const stopWhen = readStopConditions(childOf(suite, 'stopWhen'), setting);
  const times = childOf(suite, 'schedule');
  const schedule = times.value === undefined ? null : readSchedule(suiteScheduleSchema, times);
  if (childOf(suite, 'stopWhen').value === undefined) {
    const example = 'such as stopWhen: [production.p99 above 250ms]';
    problems.atKey(path, `a suite on live traffic requires stopWhen, ${example}: what in production ends it`);
  }
  if (problems.count() > before || !shape || !blastRadius) return null;
  return { type: 'live', requests, cellMs: shape.maxTime, share: shape.share, blastRadius, stopWhen, schedule };
}

interface Written {
  readonly versions: readonly ChaosVersion[];
  readonly faults: readonly ChaosFault[];
  readonly deadlineMs: number;
  readonly traffic: LiveTraffic;
  readonly bucketMs: number;
}

/** Faults that are not done to a request on its way, but to what answers it. */
const beyondRequests: readonly string[] = ['dependency', 'kill', 'oom', 'pause', 'coldStart', 'swap'];

/** What is known only when the whole suite is read. */
export function checkLive(suite: Spot, { versions, faults, deadlineMs, traffic, bucketMs }: Written): void {
  const { path, problems } = suite;
  for (const fault of faults) {
    const use = fault.faults.find(({ type }) => beyondRequests.includes(type));
    if (use === undefined) continue;
    const why = 'would strike the control too, since both are one target';
    problems.atKey(
      [...path, 'faults', fault.name],
      `${use.type} ${why}: declare an experiment whose arms have targets of their own`,
    );
  }
  for (const { name, target } of versions) {
    if (target.type !== 'command') continue;
    problems.atKey([...path, 'versions', name], `${name} requires a url or onnx in a suite on live traffic`);
  }
  const least = bucketMs + deadlineMs + joinMarginMs;
  if (traffic.cellMs > least) return;
  const at = [...path, 'traffic', 'live'];
  problems.at(at, `maxTime requires more than ${formatDuration(least)}: no bucket of a cell would close in time`);
}

const joinMarginMs = 1000;
