// The examples run and say what is written here, so that nobody copies one that does not work. They import the sources, because a build
// need not be there; whoever installed the package imports the same names from 'penumbra', which is checked where a build was made.
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it, vi } from 'vitest';
import * as door from '../../src/index.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = join(root, 'test/examples');

const said: Readonly<Record<string, readonly RegExp[]>> = {
  'judge-a-rate.ts': [
    /^0 of 1000: 0\.00 % \[0\.00 %, 0\.86 %\] is within 1 %$/,
    /^14 of 2000: 0\.70 % .* is not yet known, about \d+ more requests at this rate$/,
    /^16 of 400: 4\.00 % .* is over 1 %$/,
  ],
  'compare-two-models.ts': [
    /^a copy: the same within 5 %, proven after 109 requests$/,
    /^rounded to 1\/50: the same within 5 %, proven after \d{3} requests$/,
    /^squared: different by more than 5 %, proven after \d{2} requests$/,
  ],
  'merge-shards.ts': [/^identical counts: true$/, /^3000 requests move by 0\.004\d on average; within 0\.01: true$/],
  'late-onset.ts': [
    /^minute 100\d: regressed, \d minutes after the fault$/,
    /^minute 105\d: well again, \d minutes after the repair$/,
  ],
  'effect-sizes.ts': [
    /^PSI: 0\.1\d\d \[.*\], natural logarithm, shares smoothed by 0\.001$/,
    /^Jensen–Shannon divergence: 0\.0\d\d \[.*\], base 2/,
    /^Hellinger distance: 0\.1\d\d \[/,
    // Of u and u^1.5: the largest gap 4/27, and the area 1/10.
    /^KS distance: 0\.1[45]\d \[/,
    /^Wasserstein-1 distance: 0\.10\d \[/,
  ],
  'unlike-the-control.ts': [
    /^the same model: nothing beyond the control's noise in 5000 requests$/,
    /^all scores a little higher: unlike the control after \d+ requests \(farther from production\)$/,
    /^every thirtieth answer lost: unlike the control after \d+ requests \(moved by more than .*\)$/,
  ],
  'gate.ts': [
    /^proven within its limit: PASS \(exit 0\): v2: flip rate 0\.1 % is within the limit of 1 %$/,
    /^another file than was asked about: ERROR \(exit 20\): .*v3.*v2/,
    /^nothing compared: NO_DATA \(exit 12\): /,
    /^a twentieth lost on the way: BIASED \(exit 16\): 5\.63 % /,
  ],
};

afterEach(() => {
  vi.restoreAllMocks();
});

it('has an expectation for every example', () => {
  expect(Object.keys(said).toSorted()).toEqual(readdirSync(folder).toSorted());
});

it.each(Object.entries(said))('%s says what it should', async (file, wanted) => {
  const lines: string[] = [];
  vi.spyOn(console, 'log').mockImplementation((line: string) => void lines.push(line));
  await import(join(folder, file));
  expect(lines).toHaveLength(wanted.length);
  for (const [index, form] of wanted.entries()) expect(lines[index]).toMatch(form);
});

it.each(Object.keys(said))('%s is short, explained, and knows nothing but the library door', (file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  expect(text).toMatch(/^\/\/ \S/);
  expect(text.split('\n').length).toBeLessThanOrEqual(41);
  expect([...text.matchAll(/from '([^']+)'/g)].map((match) => match[1])).toEqual(['penumbra', '../../src/index.ts']);
});

it.skipIf(process.env.PENUMBRA_TEST_ENTRY === undefined)('the built package exports the same names', async () => {
  const script = "import('penumbra').then((door) => console.log(Object.keys(door).sort().join()))";
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script], { cwd: root });
  expect(stdout.trim()).toBe(Object.keys(door).sort().join());
});
