// What a config becomes: every default of the smallest legal one, and the same again from its own printed form.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { meaningOf } from '../../../src/config/describe.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfig, checkConfigText } from '../../../src/config/load.ts';
import { predictionKinds } from '../../../src/core/decide/index.ts';
import type { Hypothesis } from '../../../src/model.ts';

const smallest = `
service: demo
production: {url: "http://127.0.0.1:8080", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {late: {output: "p[:,1]", label: above 0.5}}
experiments:
  release:
    arms:
      candidate: {target: {url: "http://127.0.0.1:8082"}}
    expect:
      candidate.late: {flip: at most 5%}
`;
const directory = '/etc/penumbra';
const examples = readdirSync('config').filter((name) => name.endsWith('.yaml'));

function load(text: string): EffectiveConfig {
  const { config, errors } = checkConfigText(text, { env: {}, directory });
  expect(errors).toEqual([]);
  return config as EffectiveConfig;
}

describe('the smallest legal config', () => {
  const { experiments, configHash, ...rest } = load(smallest);

  it('has a stated default for everything outside experiments', () => {
    expect(configHash).toMatch(/^[0-9a-f]{64}$/);
    expect(rest).toEqual({
      service: 'demo',
      production: {
        url: 'http://127.0.0.1:8080',
        protocol: 'open-inference-v2',
        sloLatencyMs: 200,
        version: null,
        degradedWhen: null,
      },
      inputs: [],
      decisions: [
        { name: 'late', output: 'p', column: 1, kind: 'binary', threshold: 0.5, scale: null, material: 0.05 },
      ],
      segments: [],
      source: { tap: null, http: true },
      alerts: [],
      api: { listen: '127.0.0.1:9090', tokenFrom: null, publicUrl: null },
      store: { path: '/etc/penumbra/data/penumbra.db' },
      truthWindowMs: 86_400_000,
      idFrom: { from: 'header', name: 'x-request-id' },
      samples: { maxPerRun: 50, features: 'declared', keepForMs: 604_800_000 },
      seed: '1',
      alpha: 0.01,
    });
  });

  it('has a stated default for everything in an experiment', () => {
    expect(experiments).toEqual([
      {
        name: 'release',
        arms: [
          {
            name: 'candidate',
            role: 'candidate',
            target: { type: 'http', url: 'http://127.0.0.1:8082', headers: {}, version: null },
            perturbations: [],
            faults: [],
            deadlineMs: 1000,
          },
        ],
        hypotheses: [
          {
            id: 'candidate.late.flip',
            arm: 'candidate',
            decision: 'late',
            metric: 'flip',
            options: {},
            segmentation: null,
            relation: 'bounded',
            against: 'limit',
            tolerance: 0.05,
            minActed: 200,
            required: true,
            notify: 'page',
            automatic: false,
            rows: 'single',
            alphaViolated: 0.01 / 1.5,
            alphaHolds: 0.01,
          },
          {
            id: 'candidate.late.worse',
            arm: 'candidate',
            decision: 'late',
            metric: 'worse',
            options: {},
            segmentation: null,
            relation: 'bounded',
            against: 'limit',
            tolerance: 0.005,
            minActed: 0,
            required: false,
            automatic: true,
            rows: 'single',
            alphaViolated: (0.01 * 0.25) / 1.5,
            alphaHolds: 0.01,
          },
          {
            id: 'candidate.late.paired-ks',
            arm: 'candidate',
            decision: 'late',
            metric: 'paired-ks',
            options: {},
            segmentation: null,
            relation: 'bounded',
            against: 'limit',
            tolerance: 0.02,
            minActed: 0,
            required: false,
            automatic: true,
            rows: 'single',
            alphaViolated: (0.01 * 0.25) / 1.5,
            alphaHolds: 0.01,
          },
        ],
        blastRadius: {
          maxRequestsPerSecond: 50,
          maxInFlightPerArm: 32,
          maxBodyBytes: 4_194_304,
          maxBytesPerSecond: 10_485_760,
          maxRequests: 100_000,
          maxRequestsPerDay: 1_000_000,
          maxBytesPerDay: 10 * 1024 ** 3,
        },
        stopWhen: [],
        gate: null,
        share: 1,
        maxPairs: null,
        maxTimeMs: 3_600_000,
        epochMs: null,
        rows: 'single',
        warmUpRequests: 50,
        readyTimeoutMs: 60_000,
        bucketMs: 10_000,
        joinDeadlineMs: 2000,
        seed: '1',
        candidates: [],
        start: 'with-serve',
      },
    ]);
  });
});

describe('what follows from what is written', () => {
  it('an arm deadline is five times the promise, and the join a second more', () => {
    const [experiment] = load(smallest.replace('200ms', '2s')).experiments;
    expect(experiment?.arms[0]?.deadlineMs).toBe(10_000);
    expect(experiment?.joinDeadlineMs).toBe(11_000);
  });

  it('a gate adds an error claim to its candidate, compared with control where that is fair', () => {
    const gated = smallest.replace('    expect:', '    gate: {}\n    expect:');
    const twin = gated.replace(
      '      candidate:',
      '      control: {target: {url: "http://127.0.0.1:8081"}}\n      candidate:',
    );
    const inProcess = twin.replace('url: "http://127.0.0.1:8082"', `onnx: ${import.meta.filename}`);
    const claims = [gated, twin, inProcess].map((text) =>
      load(text).experiments[0]?.hypotheses.find(({ metric }) => metric === 'error'),
    );
    expect(
      claims.map((claim) => [claim?.id, claim?.against, claim?.tolerance, claim?.automatic, claim?.required]),
    ).toEqual([
      ['candidate.error', 'limit', 0.005, true, true],
      ['candidate.error', 'control', 0.005, true, true],
      ['candidate.error', 'limit', 0.005, true, true],
    ]);
    expect(claims[0]?.alphaViolated).toBeCloseTo(0.01 / 2.5);
  });

  it('an error claim that is written is not added again', () => {
    const written = smallest.replace('    expect:', '    gate: {}\n    expect:\n      candidate: {error: at most 2%}');
    expect(load(written).experiments[0]?.hypotheses.map(({ id, tolerance }) => [id, tolerance])).toEqual([
      ['candidate.error', 0.02],
      ['candidate.late.flip', 0.05],
      ['candidate.late.worse', 0.005],
      ['candidate.late.paired-ks', 0.02],
    ]);
  });

  it('a latency claim is about the whole answer, and says what its per cent are of', () => {
    const config = load(
      smallest
        .replace('candidate:', 'control: {target: {url: "http://127.0.0.1:8081"}}\n      candidate:')
        .replace('    expect:', '    expect:\n      candidate: {latency: no more than control + 20%}'),
    );
    const claim = config.experiments[0]?.hypotheses[0] as Hypothesis;
    expect(claim).toMatchObject({ id: 'candidate.latency', decision: null, against: 'control', tolerance: 0.2 });
    expect(meaningOf(claim)).toBe(
      'median latency no more than control + 20%, which is 1.2 × the control’s: the median (p50) of the arm’s latencies as a multiple of the control’s, on requests that both answered ok; n: comparable pairs that the arm answered ok, where the same holds of the control; VIOLATED disproves “the latency is at most 1.2 × the control’s”, HOLDS disproves “the latency is at least 1.2 × the control’s”',
    );
    const again = checkConfigText(effectiveText(config), { env: {}, directory });
    expect([again.errors, again.config]).toEqual([[], config]);
  });

  it('a control that is production keeps the budget within the load that was allowed', () => {
    const allowed = 'control: {target: production, allowLoadOnProduction: 5 per second}\n      candidate:';
    const { experiments } = load(smallest.replace('candidate:', allowed));
    expect(experiments[0]?.blastRadius.maxRequestsPerSecond).toBe(5);
    expect(experiments[0]?.arms[0]?.target).toMatchObject({ type: 'http', url: 'http://127.0.0.1:8080' });
  });

  it('a dependency fault takes the seed of the config unless it has its own', () => {
    const faults =
      'slow: {target: {url: "http://127.0.0.1:8083"}, faults: [{dependency: store, latency: 800ms, key: k, share: 30%}]}';
    const text = smallest
      .replace('candidate:', `${faults}\n      candidate:`)
      .replace('    expect:', '    stopWhen: [production.errors above 1%]\n    expect:');
    expect(load(`seed: "7"${text}`).experiments[0]?.arms[0]).toMatchObject({
      role: 'fault',
      faults: [
        {
          type: 'dependency',
          options: {
            name: 'store',
            does: { type: 'latency', options: { delayMs: 800 } },
            share: 0.3,
            key: 'k',
            seed: '7',
          },
        },
      ],
    });
  });
});

describe('a decision', () => {
  const withDecision = (decision: string, metric = 'material'): EffectiveConfig =>
    load(
      smallest
        .replace('{output: "p[:,1]", label: above 0.5}', decision)
        .replace('flip: at most 5%', `${metric}: at most 5%`),
    );

  it.each([
    ['{output: e, kind: vector}', { kind: 'vector', material: 0.05 }],
    ['{output: e, kind: embedding, material: 0.2}', { kind: 'vector', material: 0.2 }],
    ['{output: ids, kind: ranking}', { kind: 'ranking', top: 10, material: null }],
    ['{output: ids, kind: ranking, top: 3, material: 0.4}', { kind: 'ranking', top: 3, material: 0.4 }],
    ['{output: t, kind: text}', { kind: 'text', material: null }],
    ['{output: "t[2]", kind: text, material: 0.2}', { kind: 'text', column: 2, material: 0.2 }],
    ['{output: l}', { kind: 'label', material: null }],
  ])('%s is what it says, also from its effective form', (written, decision) => {
    const config = withDecision(written);
    expect(config.decisions).toMatchObject([{ threshold: null, scale: null, ...decision }]);
    expect('top' in (config.decisions[0] ?? {})).toBe(decision.kind === 'ranking');
    const again = checkConfigText(effectiveText(config), { env: {}, directory });
    expect([again.errors, again.config]).toEqual([[], config]);
  });

  it('that has no true outcome gets no hypothesis that waits for one', () => {
    const metrics = (decision: string) => withDecision(decision).experiments[0]?.hypotheses.map(({ metric }) => metric);
    expect(metrics('{output: e, kind: vector}')).toEqual(['material']);
    expect(metrics('{output: t, kind: text}')).toEqual(['material', 'worse']);
  });

  it.each(['flip', 'worse'])('of kind vector refuses %s', (metric) => {
    const text = smallest
      .replace('{output: "p[:,1]", label: above 0.5}', '{output: e, kind: vector}')
      .replace('flip:', `${metric}:`);
    const { errors } = checkConfigText(text, { env: {}, directory });
    expect(errors.map(({ line, column, message }) => [line, column, message])).toEqual([
      [10, 24, expect.stringContaining(`${metric} does not apply to late, which is of kind vector`)],
    ]);
  });
});

describe('the examples in config/', () => {
  it('there is one for every kind of output', () => {
    const kinds = examples.flatMap((name) =>
      checkConfig(join('config', name), { env: {} }).config?.decisions.map(({ kind }) => kind),
    );
    expect(new Set(kinds)).toEqual(new Set(predictionKinds));
  });

  it.each(examples)('%s loads without errors or warnings, and again from its effective form', (name) => {
    const { config, errors, warnings } = checkConfig(join('config', name), { env: {} });
    expect([errors, warnings]).toEqual([[], []]);
    const again = checkConfigText(effectiveText(config as EffectiveConfig), { env: {}, directory: '/' });
    expect(again.errors).toEqual([]);
    expect(again.config).toEqual(config);
  });
});
