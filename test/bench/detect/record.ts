// Makes every stream once: penumbra judges it on the way, and it is written as plain little-endian arrays for the peers to read.
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, Sizes } from './cases.ts';
import { answersUnder } from './faults.ts';
import { type Flights, scoresOf } from './flights.ts';
import { judgeStream, type Spoke } from './ours.ts';
import { createTruth, makeStream, type Pool, type Stream, type Truth } from './streams.ts';

export interface Recorded {
  readonly truth: Truth;
  /** By run. */
  readonly spoken: readonly Spoke[];
}

export interface Setting {
  readonly folder: string;
  readonly seed: string;
  readonly short: boolean;
  readonly sizes: Sizes;
  readonly flights: Flights;
}

/** Judges and writes all cases, and says what they are in manifest.json. */
export async function recordCases(cases: readonly Case[], setting: Setting): Promise<Map<string, Recorded>> {
  const production = await scoresOf('v1', setting.flights.rows);
  const found = new Map<string, Recorded>();
  const pools = new Map<string, Pool>();
  const firstFault = cases.find(({ fault }) => fault !== null);
  for (const [index, one] of cases.entries()) {
    process.stderr.write(`penumbra: case ${index + 1}/${cases.length} ${one.name}\n`);
    const faultName = one.fault?.name ?? '';
    const pool = pools.get(faultName) ?? (await poolOf(one, { production, setting }));
    pools.set(faultName, pool);
    const writesProduction = one.fault === null || one === firstFault;
    found.set(one.name, recordCase(one, { pool, setting, writesProduction }));
  }
  const { short, sizes } = setting;
  const described = cases.map((one) => ({
    name: one.name,
    isQuiet: one.fault === null,
    runs: one.runs,
    arm: fileOf(one.name),
    production: productionOf(one),
  }));
  writeFileSync(join(setting.folder, 'manifest.json'), JSON.stringify({ short, warm: sizes.warm, cases: described }));
  return found;
}

async function poolOf(
  { fault }: Case,
  { production, setting }: { production: Float64Array; setting: Setting },
): Promise<Pool> {
  if (fault === null) return { production, arm: production, swapsLabel: false, isConstant: false };
  const arm = await answersUnder(fault, setting);
  return { production, arm, swapsLabel: fault.swapsLabel ?? false, isConstant: fault.model === null };
}

/** Production answers the same in every fault's run of one number: written once. */
function productionOf({ name, fault }: Case): string {
  return fault === null ? fileOf(name) : 'faults';
}

function fileOf(name: string): string {
  return name.replaceAll(/[^\w]+/g, '-');
}

function recordCase(
  one: Case,
  { pool, setting, writesProduction }: { pool: Pool; setting: Setting; writesProduction: boolean },
): Recorded {
  const { folder, seed, sizes } = setting;
  const truth = createTruth(sizes.warm);
  const spoken: Spoke[] = [];
  for (let run = 0; run < one.runs; run++) {
    const stream = makeStream(pool, { seed, run, warm: sizes.warm, ...one.plan });
    truth.add(stream);
    spoken.push(judgeStream(stream, sizes.warm));
    appendArrays(join(folder, fileOf(one.name)), { 'arm.f32': stream.arm, 'arm-label.u8': stream.armLabel });
    if (writesProduction) appendProduction(join(folder, productionOf(one)), stream);
  }
  return { truth: truth.measured(), spoken };
}

function appendProduction(path: string, { production, productionLabel }: Stream): void {
  appendArrays(path, { 'production.f32': production, 'production-label.u8': productionLabel });
}

function appendArrays(path: string, arrays: Readonly<Record<string, Float32Array | Uint8Array>>): void {
  for (const [name, { buffer, byteOffset, byteLength }] of Object.entries(arrays)) {
    appendFileSync(`${path}.${name}`, new Uint8Array(buffer, byteOffset, byteLength));
  }
}
