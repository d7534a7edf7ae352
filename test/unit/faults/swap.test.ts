// swap: which version a request goes to follows from its id or its time alone, and the config says what it may be swapped with.
import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { hypothesisHash } from '../../../src/config/hashes.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { createArmPlan } from '../../../src/faults/plan-arm.ts';
import { otherVersionOf } from '../../../src/faults/swap.ts';
import type { Arm, Exchange } from '../../../src/model.ts';

const other = { type: 'http', url: 'http://127.0.0.1:3', headers: {}, version: null };

function planOf(options: Record<string, unknown>) {
  const faults = [{ type: 'swap', options: { other, ...options } }];
  const arm: Arm = { name: 'a', role: 'fault', target: null, perturbations: [], faults, deadlineMs: 1000 };
  const plan = createArmPlan(arm, { inputs: [], seed: 's' });
  return (id: string, { arrivedAt = 0, faultsOn = true } = {}) =>
    plan({ id, arrivedAt, request: { inputs: [] } } as unknown as Exchange, { faultsOn });
}

const ids = Array.from({ length: 4000 }, (_, n) => `id-${n}`);

describe('swap at random', () => {
  it('sends its share to the other version, the same requests again and again, and acted there alone', () => {
    const plan = planOf({ share: 0.3 });
    const fates = ids.map((id) => plan(id));
    expect(fates.filter(({ toOther }) => toOther).length / ids.length).toBeCloseTo(0.3, 1);
    for (const { toOther, faultActed, perturbed } of fates) expect([faultActed, perturbed]).toEqual([toOther, false]);
    expect(ids.map((id) => planOf({ share: 0.3 })(id).toOther)).toEqual(fates.map(({ toOther }) => toOther));
  });

  it('warms both versions up, and has not acted then', () => {
    const plan = planOf({ share: 0.01 });
    const fates = ids.map((id) => plan(id, { faultsOn: false }));
    expect(fates.filter(({ toOther }) => toOther).length / ids.length).toBeCloseTo(0.5, 1);
    expect(new Set(fates.map(({ faultActed }) => faultActed))).toEqual(new Set([false]));
  });
});

describe('swap by time', () => {
  it('changes over every so long, by arrival', () => {
    const plan = planOf({ everyMs: 30_000 });
    const at = [0, 29_999, 30_000, 59_999, 60_000, 95_000];
    expect(at.map((arrivedAt) => plan('x', { arrivedAt }).toOther)).toEqual([false, false, true, true, false, true]);
  });
});

const written = (fault: string, arm = 'target: {url: "http://127.0.0.1:2"}') =>
  checkConfigText(
    `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
decisions: {late: {output: p, label: above 0.5}}
source: {tap: {listen: "0.0.0.0:9000"}}
experiments:
  e:
    arms:
      control: {target: {url: "http://127.0.0.1:4"}}
      half:
        ${arm}
        faults: [${fault}]
    expect: {half.late: {silentWrong: at most 5%, relation: loud}}
    stopWhen: [production.p99 above 1s]
`,
    { env: {}, directory: '/' },
  );
const problemOf = (fault: string, arm?: string) =>
  written(fault, arm).errors.map(({ line, column, message }) => `${line}:${column} ${message}`);
const refused: readonly (readonly [string, string, string])[] = [
  ['production', '{swap: {url: "http://localhost:1"}, share: 50%}', '11:31 this is production itself'],
  ['the tap', '{swap: {url: "http://127.0.0.1:9000"}, share: 50%}', '11:31 this is the tap in front of production'],
  [
    'the word production',
    '{swap: production, share: 50%}',
    'requires the other version, {url: http://…} or {onnx: FILE}',
  ],
  [
    'neither share nor every',
    '{swap: {url: "http://127.0.0.1:3"}}',
    'requires either share, to swap request by request',
  ],
  ['both', '{swap: {url: "http://127.0.0.1:3"}, share: 5%, every: 3s}', 'requires either share'],
  [
    'itself',
    '{swap: {url: "http://127.0.0.1:2/"}, share: 5%}',
    '11:9 experiments.e.arms.half would swap its target with',
  ],
  ['twice', '{swap: {url: "http://a:1"}, share: 5%}, {swap: {url: "http://b:1"}, share: 5%}', 'half swaps twice'],
  ['a file that is not there', '{swap: {onnx: no.onnx}, share: 5%}', 'the ONNX file /no.onnx cannot be read'],
  [
    'unlike ways',
    `{swap: {onnx: ${import.meta.filename}}, share: 5%}`,
    'would swap a model in process with one over the',
  ],
  ['an unknown key', '{swap: {url: "http://127.0.0.1:3", prot: x}, share: 5%}', 'unknown key "prot"'],
  [
    'a share for a claim of loud',
    '{swap: {url: "http://127.0.0.1:3"}, share: 100%}',
    'give the fault a share below 100%',
  ],
];

describe('swap in a config', () => {
  it.each(refused)('refuses %s, with its place', (_, fault, message) => {
    expect(problemOf(fault).join('\n')).toContain(message);
  });

  it.each(['share: 50%', 'every: 30s'])('reads %s, and writes it back', (when) => {
    const { config, errors } = written(`{swap: {url: "http://127.0.0.1:3", version: v2}, ${when}}`);
    expect(errors).toEqual([]);
    const arm = config?.experiments[0]?.arms[1] as Arm;
    expect(otherVersionOf(arm)).toEqual({ ...other, version: 'v2' });
    const again = checkConfigText(effectiveText(config as NonNullable<typeof config>), { env: {}, directory: '/' });
    expect(again.config?.configHash).toBe(config?.configHash);
  });

  it('keeps evidence when only the address of the other version changes: its version is followed in the stream', () => {
    const [one, moved, more] = ['3"}, share: 50%', '5"}, share: 50%', '3"}, share: 40%'].map((rest) => {
      const { config } = written(`{swap: {url: "http://127.0.0.1:${rest}}`);
      const experiment = config?.experiments[0];
      if (!config || !experiment) throw new Error('the config requires an experiment');
      const claim = experiment.hypotheses.find(({ arm }) => arm === 'half');
      return claim && hypothesisHash(claim, { ...config, experiment });
    });
    expect(moved).toBe(one);
    expect(more).not.toBe(one);
  });
});
