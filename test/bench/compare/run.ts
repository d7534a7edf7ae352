// Usage: npm run bench:compare -- [--short] [--json FILE] [--markdown FILE]. How many pairs the comparator compares per second of one
// core: with arms answered from a table in this process, and with a live shadow over HTTP; where the time goes; and how others compare
// the same pairs, where they can be had.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { answerBytes, requestBytes } from './exchanges.ts';
import { startLiveShadow } from './live-shadow.ts';
import { measure, type Speed } from './measure.ts';
import { peerLines } from './peers.ts';

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    exchanges: { type: 'string' },
    json: { type: 'string' },
    markdown: { type: 'string' },
  },
});
const exchanges = Number(values.exchanges ?? (values.short ? 20_000 : 100_000));
const live = Math.ceil(exchanges / 2);

const perSecond = (speed: Speed): string => Math.round(speed.pairsPerCpuSecond).toLocaleString('en');
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function speedRow(name: string, speed: Speed): string {
  const us = (1e6 / speed.pairsPerCpuSecond).toFixed(1);
  return `| ${name} | ${perSecond(speed)} | ${us} | ${Math.round(speed.exchangesPerSecond).toLocaleString('en')} | ${speed.rssMb.toFixed(0)} |`;
}

function linesOf(speeds: readonly (readonly [name: string, speed: Speed])[], profile: Speed['profile']): string[] {
  const us = 1e6 / (speeds[0]?.[1].pairsPerCpuSecond ?? Number.NaN);
  const parts = Object.entries(profile?.parts ?? {}).sort(([, one], [, other]) => other - one);
  return [
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), Node ${process.versions.node}; ${exchanges.toLocaleString('en')} exchanges, requests of ${requestBytes} bytes, answers of ${answerBytes}, journal and counts in a SQLite file with every commit synced.`,
    '',
    '| arms | pairs per second of CPU | µs of CPU per pair | exchanges per second here | memory, the exchanges in it (MB) |',
    '|---|---|---|---|---|',
    ...speeds.map(([name, speed]) => speedRow(name, speed)),
    '',
    '| one arm from a table: part | share | µs |',
    '|---|---|---|',
    ...parts.map(([part, share]) => `| ${part} | ${percent(share)} | ${(share * us).toFixed(1)} |`),
    '',
    '| by itself most, of the thread’s busy time | share |',
    '|---|---|',
    ...(profile?.top ?? []).map(({ place, share }) => `| \`${place}\` | ${percent(share)} |`),
  ];
}

const root = mkdtempSync(join(tmpdir(), 'penumbra-bench-compare-'));
const shadow = await startLiveShadow();
try {
  const of = (options: Omit<Parameters<typeof measure>[0], 'folder'>) =>
    measure({ folder: mkdtempSync(join(root, 'store-')), ...options });
  const table = await of({ arms: 1, shadowUrl: null, exchanges, isProfiled: true });
  const both = await of({ arms: 2, shadowUrl: null, exchanges: Math.ceil(exchanges / 2) });
  const alive = await of({ arms: 1, shadowUrl: shadow.url, exchanges: live });
  const speeds = [
    ['one, from a table', table],
    ['two (control and candidate), from a table', both],
    ['one, a live shadow over HTTP', alive],
  ] as const;
  const text = [...linesOf(speeds, table.profile), '', ...(await peerLines(root, table.pairsPerCpuSecond))].join('\n');
  process.stdout.write(`${text}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, `${text}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(Object.fromEntries(speeds), null, 2)}\n`);
} finally {
  await shadow.stop();
  rmSync(root, { recursive: true, force: true });
}
