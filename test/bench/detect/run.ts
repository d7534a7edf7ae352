// Detection side by side: `tsx test/bench/detect/run.ts [--short | --table] [--seed N] [--keep]`. The same recorded streams of the flight
// models go to penumbra and to the peers' real packages. Full: results.json and results.md beside this file; short: a smoke check that
// writes nothing here; table: results.md from results.json; keep: leaves the streams where they are.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { findPython, howToHavePython } from '../python.ts';
import { askPeers, type Heard } from './ask-peers.ts';
import { type Case, casesFor, fullSizes, shortSizes } from './cases.ts';
import { readFlights } from './flights.ts';
import { type Recorded, recordCases } from './record.ts';
import { type Results, resultsOf } from './results.ts';
import type { Alarms } from './summary.ts';
import { tableOf } from './table.ts';

const resultsFile = resolve(import.meta.dirname, 'results.json');
const tableFile = resolve(import.meta.dirname, 'results.md');

/** Alarms of everyone in one case. */
function alarmsOf(one: Case, ours: Recorded, heard: Heard): ReadonlyMap<string, Alarms> {
  const methods = Object.keys(ours.spoken[0]?.alarms ?? {});
  const own = methods.map((name): [string, Alarms] => [name, ours.spoken.map(({ alarms }) => alarms[name] ?? null)]);
  return new Map([...own, ...(heard.alarms.get(one.name) ?? [])]);
}

function versionOf(name: string): string {
  const path = name === '' ? 'package.json' : `node_modules/${name}/package.json`;
  const manifest = readFileSync(resolve(import.meta.dirname, '../../..', path), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

interface Options {
  readonly python: string;
  readonly short: boolean;
  readonly seed: string;
  readonly keep: boolean;
}

async function measure({ python, short, seed, keep }: Options): Promise<Results> {
  const startedAt = performance.now();
  const sizes = short ? shortSizes : fullSizes;
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-detect-'));
  try {
    const cases = casesFor(sizes, { short });
    const recorded = await recordCases(cases, { folder, seed, short, sizes, flights: await readFlights() });
    const heard = await askPeers(python, folder);
    const judged = cases.map((one) => {
      const ours = recorded.get(one.name) as Recorded;
      return { case: one, recorded: ours, alarms: alarmsOf(one, ours, heard) };
    });
    const minutes = Math.round((performance.now() - startedAt) / 60_000);
    return resultsOf(judged, {
      seed,
      sizes,
      minutes,
      versions: { ...ownVersions(), ...heard.versions },
      peers: heard.methods,
    });
  } finally {
    if (keep) process.stderr.write(`the streams are in ${folder}\n`);
    else rmSync(folder, { recursive: true });
  }
}

function ownVersions(): Record<string, string> {
  const { node } = process.versions;
  return { penumbra: versionOf(''), node, 'onnxruntime-node': versionOf('onnxruntime-node') };
}

function record(results: Results): void {
  writeFileSync(resultsFile, `${JSON.stringify(results, null, 2)}\n`);
  execFileSync(resolve(import.meta.dirname, '../../../node_modules/.bin/biome'), ['format', '--write', resultsFile]);
  writeFileSync(tableFile, `${tableOf(results)}\n`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      short: { type: 'boolean', default: false },
      table: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
    },
  });
  if (values.table) return record(JSON.parse(readFileSync(resultsFile, 'utf8')) as Results);
  const python = findPython();
  if (python === null) {
    process.stderr.write(`${howToHavePython}\n`);
    process.exitCode = 1;
    return;
  }
  const results = await measure({ ...values, python });
  process.stdout.write(`${tableOf(results)}\n`);
  if (!values.short) record(results);
}

await main();
