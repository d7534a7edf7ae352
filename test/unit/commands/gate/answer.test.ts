// A gate answer is believed only whole: whatever is dropped from a valid PASS or changed in it, it must not stay a PASS unless
// it is still one.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkGateAnswer } from '../../../../src/commands/gate/answer.ts';
import { gateExitCodes } from '../../../../src/core/judge/gate.ts';
import { type GateBody, validPass } from '../../../support/hostile-gate.ts';

const nowMs = 1_800_000_000_000;
const question = { nonce: 'n1', run: 'r1', experiment: null, nowMs };
const valid = validPass('n1', nowMs);

/** PASS, another verdict, or that it was not believed. */
function verdictOf(body: unknown, asked: Partial<typeof question> | { experiment: string; run: null } = {}): string {
  try {
    return checkGateAnswer(body, { ...question, ...asked }).verdict;
  } catch {
    return 'refused';
  }
}

/** Members a PASS does not rest on: words, and what is shown about the evidence. */
const informative: readonly string[] = [
  'hypotheses.*.decision',
  'hypotheses.*.metric',
  'hypotheses.*.relation',
  'hypotheses.*.against',
  'hypotheses.*.tolerance',
  'hypotheses.*.decidedAt',
  'hypotheses.*.estimate',
  'hypotheses.*.interval',
  'hypotheses.*.stillNeeded',
  'hypotheses.*.sentence',
  'hypotheses.*.logEUp',
  'hypotheses.*.logEDown',
  'hypotheses.*.logEUpNeeded',
  'hypotheses.*.logEDownNeeded',
  'hypotheses.*.productionVersion',
  'hypotheses.*.armVersion',
  'hypotheses.*.generation',
  'candidate.ref',
];

/** Every member of the answer as a path. */
function pathsIn(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value) ? value.map((one, at) => [at, one] as const) : Object.entries(value);
  const below = entries.flatMap(([key, one]) => pathsIn(one, [...path, key]));
  return path.length === 0 ? below : [path, ...below];
}

const paths = pathsIn(valid);
const nameOf = (path: readonly (string | number)[]): string =>
  path.map((part) => (typeof part === 'number' ? '*' : part)).join('.');
const isInformative = (path: readonly (string | number)[]): boolean =>
  informative.some((name) => nameOf(path) === name || nameOf(path).startsWith(`${name}.`));

function changed(path: readonly (string | number)[], change: (holder: Record<string, unknown>, key: string) => void) {
  const copy = structuredClone(valid) as unknown as Record<string, unknown>;
  let holder = copy;
  for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
  change(holder, String(path.at(-1)));
  return copy;
}

describe('a valid PASS', () => {
  it('is believed, by run and by experiment', () => {
    expect(verdictOf(valid)).toBe('PASS');
    expect(verdictOf(valid, { run: null, experiment: 'release' } as never)).toBe('PASS');
  });

  it('may carry members of later versions', () => {
    expect(verdictOf({ ...valid, later: 1 })).toBe('PASS');
  });

  it.each(
    paths.filter((path) => !isInformative(path) && typeof path.at(-1) === 'string').map((path) => [nameOf(path), path]),
  )('is none without %s', (_name, path) => {
    const without = changed(path as (string | number)[], (holder, key) => {
      delete holder[key];
    });
    expect(verdictOf(without)).toBe('refused');
  });

  const wrong: readonly [string, (pass: GateBody) => object][] = [
    ['another nonce', (pass) => ({ ...pass, nonce: 'n2' })],
    ['no nonce', (pass) => ({ ...pass, nonce: null })],
    ['another run', (pass) => ({ ...pass, run: 'r2' })],
    ['an exit code of another verdict', (pass) => ({ ...pass, exitCode: 10 })],
    ['a verdict of another exit code', (pass) => ({ ...pass, verdict: 'FAIL' })],
    ['a verdict nobody knows', (pass) => ({ ...pass, verdict: 'OK' })],
    ['a verdict by another spelling', (pass) => ({ ...pass, verdict: 'pass' })],
    ['a verdict that every object has', (pass) => ({ ...pass, verdict: 'constructor' })],
    ['an expiry in the past', (pass) => ({ ...pass, expiresAt: nowMs - 1 })],
    ['an expiry at this moment', (pass) => ({ ...pass, expiresAt: nowMs })],
    ['no expiry', (pass) => ({ ...pass, expiresAt: null })],
    ['a decision of yesterday', (pass) => ({ ...pass, decidedAt: nowMs - 86_400_000 })],
    ['a decision of tomorrow', (pass) => ({ ...pass, decidedAt: nowMs + 86_400_000 })],
    ['an answer that may still change', (pass) => ({ ...pass, final: false })],
    ['no pairs', (pass) => ({ ...pass, pairs: 0 })],
    ['negative pairs', (pass) => ({ ...pass, pairs: -5 })],
    ['half a pair', (pass) => ({ ...pass, pairs: 0.5 })],
    ['pairs as text', (pass) => ({ ...pass, pairs: '1200' })],
    ['too much lost', (pass) => ({ ...pass, dropRate: 0.2 })],
    ['no age of its data', (pass) => ({ ...pass, dataAgeMs: null })],
    ['no hypotheses', (pass) => ({ ...pass, hypotheses: [] })],
    [
      'nothing required',
      (pass) => ({ ...pass, hypotheses: pass.hypotheses.map((one) => ({ ...one, required: false })) }),
    ],
    ['only what penumbra added itself', (pass) => ({ ...pass, hypotheses: pass.hypotheses.slice(1) })],
    [
      'one undecided',
      (pass) => ({ ...pass, hypotheses: [...pass.hypotheses, { ...pass.hypotheses[0], verdict: 'UNDECIDED' }] }),
    ],
    [
      'one violated',
      (pass) => ({ ...pass, hypotheses: [...pass.hypotheses, { ...pass.hypotheses[0], verdict: 'VIOLATED' }] }),
    ],
    [
      'one without observations',
      (pass) => ({ ...pass, hypotheses: [...pass.hypotheses, { ...pass.hypotheses[0], n: 0 }] }),
    ],
    ['no reasons', (pass) => ({ ...pass, reasons: [] })],
    ['another reason', (pass) => ({ ...pass, reasonCode: 'override' })],
    ['no candidate', (pass) => ({ ...pass, candidate: null })],
    ['a list', (pass) => [pass]],
  ];
  it.each(wrong)('is none with %s', (_name, change) => {
    expect(verdictOf(change(valid))).not.toBe('PASS');
  });

  it.each([null, undefined, 0, '', 'PASS', [], {}, true, { verdict: 'PASS', exitCode: 0 }])('is not %j', (body) => {
    expect(verdictOf(body)).toBe('refused');
  });

  it('does not survive that a member it rests on gets a value of another type', () => {
    const resting = paths.filter((path) => !isInformative(path) && path.length > 0);
    const odd = fc.oneof(
      fc.constantFrom<unknown>(null, undefined, Number.NaN, Number.POSITIVE_INFINITY, '', [], {}, -1, 'HOLDS', 'PASS'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...resting), odd, (path, value) => {
        const body = changed(path, (holder, key) => {
          fc.pre(!Object.is(typeof holder[key], typeof value) && !isNullable(nameOf(path), value));
          holder[key] = value;
        });
        expect(verdictOf(body)).not.toBe('PASS');
      }),
      { numRuns: 5000 },
    );
  });
});

/** Where null is an honest answer, and where words may be null or any text. */
function isNullable(name: string, value: unknown): boolean {
  const free = ['candidate.target', 'candidate.digest', 'candidate.version', 'productionVersion'];
  return free.includes(name) && (value === null || typeof value === 'string');
}

describe('any answer', () => {
  const anyVerdict = fc.constantFrom(...Object.keys(gateExitCodes), 'OK', '');
  const anyBody = fc.record(
    {
      run: fc.constantFrom('r1', 'r2'),
      experiment: fc.constantFrom('release', 'other'),
      verdict: anyVerdict,
      exitCode: fc.constantFrom(...Object.values(gateExitCodes), 1, -1),
      reasonCode: fc.constantFrom('all_required_hold', 'x', ''),
      reasons: fc.array(fc.string(), { maxLength: 2 }),
      nonce: fc.constantFrom('n1', 'n2'),
      final: fc.boolean(),
      pairs: fc.constantFrom(0, 1, 50, 2000, -1),
      dropRate: fc.constantFrom(0, 0.04, 0.06, 1, 2),
      dataAgeMs: fc.constantFrom(0, 1000, null),
      decidedAt: fc.constantFrom(nowMs, nowMs - 10_000, nowMs - 60_000, nowMs + 60_000),
      expiresAt: fc.constantFrom(nowMs + 1, nowMs, nowMs - 1, null),
      hypotheses: fc.array(
        fc.record({
          id: fc.constant('h'),
          required: fc.boolean(),
          automatic: fc.boolean(),
          verdict: fc.constantFrom('HOLDS', 'VIOLATED', 'UNDECIDED'),
          n: fc.constantFrom(0, 1, 1000),
        }),
        { maxLength: 3 },
      ),
    },
    { requiredKeys: [] },
  );

  it('is a PASS only when every single thing is right', () => {
    let passes = 0;
    fc.assert(
      fc.property(anyBody, (given) => {
        const body = { ...valid, ...given };
        if (verdictOf(body) !== 'PASS') return;
        passes += 1;
        const required = body.hypotheses.filter((one) => one.required);
        expect(body).toMatchObject({ verdict: 'PASS', exitCode: 0, nonce: 'n1', run: 'r1', final: true });
        expect(body.pairs).toBeGreaterThan(0);
        expect(body.expiresAt).toBeGreaterThan(nowMs);
        expect(required.some((one) => !one.automatic)).toBe(true);
        expect(required.every((one) => one.verdict === 'HOLDS' && one.n > 0)).toBe(true);
        expect(body.pairs < 100 || body.dropRate <= 0.05).toBe(true);
      }),
      // Seeded, because that some of them pass is part of the claim.
      { numRuns: 30_000, seed: 7 },
    );
    expect(passes).toBeGreaterThan(0);
  });

  it('of another verdict is told as it is', () => {
    for (const [verdict, exitCode] of Object.entries(gateExitCodes)) {
      if (verdict === 'PASS') continue;
      expect(verdictOf({ ...valid, verdict, exitCode, expiresAt: null, hypotheses: [], pairs: 0 })).toBe(verdict);
    }
  });
});
