// `watch`: what is watched on production's own stream. An entry names the declared inputs, or a decision; each line in it is a watch with
// its limit. A line that could never see anything is refused here, not discovered in a night without an alarm.

import { parseDurationMs } from '../core/units.ts';
import type { WatchClaim, WatchSetting } from '../core/watch/claim.ts';
import type { Decision, InputFeature } from '../model.ts';
import { suggestion } from './nearest.ts';
import { childOf, entriesOf, isRecord, listed, nameOf, type Spot, show } from './shape.ts';
import { readWatchLine, type WatchGroup } from './watch-line.ts';

export interface WatchReading {
  /** Null when they were reported already. */
  readonly inputs: readonly InputFeature[] | null;
  readonly decisions: readonly Decision[] | null;
  readonly bucketMs: number;
}

const graceKey = 'grace';
export const standardGrace = '5s';
const inputGroups: readonly string[] = ['inputs', 'echoedInputs'];
const example = 'a map such as late: {lowConfidence: {bar: 0.6, share: at most 10%}}';

/** Null without `watch`, and when something was reported. */
export function readWatch(spot: Spot, reading: WatchReading): WatchSetting | null {
  if (spot.value === undefined) return null;
  const { problems, path } = spot;
  const before = problems.count();
  const entries = entriesOf(spot, example).filter(([name]) => name !== graceKey);
  if (entries.length === 0 && problems.count() === before) {
    problems.at(path, `${nameOf(path)} requires at least one watch: ${example}`);
  }
  const graceMs = readGrace(childOf(spot, graceKey));
  const claims = entries.flatMap(([name, entry]) => readGroup(name, entry, reading));
  return problems.count() > before || graceMs === null ? null : { claims, bucketMs: reading.bucketMs, graceMs };
}

function readGrace({ value = standardGrace, path, problems }: Spot): number | null {
  try {
    return parseDurationMs(value as string);
  } catch {
    problems.at(path, `${nameOf(path)} requires a duration with its unit, such as 5s, got ${show(value)}`);
    return null;
  }
}

function readGroup(name: string, spot: Spot, reading: WatchReading): readonly WatchClaim[] {
  const group = groupNamed(name, spot, reading);
  if (!isRecord(spot.value) || Object.keys(spot.value).length === 0) {
    const what = 'watches with limits, such as {collapse: at most 5%}';
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires ${what}, got ${show(spot.value)}`);
    return [];
  }
  if (group === null) return [];
  return Object.keys(spot.value).flatMap((key) => readWatchLine(childOf(spot, key), { key, group, ...reading }) ?? []);
}

function groupNamed(name: string, { path, problems }: Spot, { inputs, decisions }: WatchReading): WatchGroup | null {
  const decision = decisions?.find((known) => known.name === name) ?? null;
  if (inputGroups.includes(name)) {
    if (decision !== null) {
      problems.atKey(
        path,
        `${nameOf(path)} means the model inputs, and a decision has that name too: rename the decision`,
      );
      return null;
    }
    return inputs === null ? null : { name, lookIn: name === 'inputs' ? 'request' : 'answer', inputs, decision };
  }
  if (decision !== null) return { name, lookIn: 'answer', inputs: [], decision };
  if (decisions === null) return null;
  const names = [...inputGroups, ...decisions.map((known) => known.name)];
  problems.atKey(
    path,
    `"${name}" is neither inputs nor a decision${suggestion(name, names)}; allowed: ${listed(names)}`,
  );
  return null;
}
