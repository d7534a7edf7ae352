// Faults of a declared dependency in an arm: the proxy's own words, read with their place, and both sides selecting the same keys.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependencyFaultMeaning, dependencyFaultsOf } from '../../../src/config/dependency-fault.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { dependency } from '../../../src/faults/dependency.ts';
import { createEngagement } from '../../../src/faults/proxy/engagement.ts';
import { readFaults } from '../../../src/faults/proxy/read-faults.ts';
import type { Arm } from '../../../src/model.ts';
import { problemsOf, soundConfig } from '../../support/bad-config.ts';

const options = { env: {}, directory: '/' };
const dependencies = `dependencies:
  store: {protocol: http, listen: "127.0.0.1:7001", upstream: "http://store:7000", standby: "http://other:7000", key: "/features/{key}", seed: planes}
  plain: {protocol: http, listen: "127.0.0.1:7002", upstream: "http://plain:7000"}
  redis: {protocol: tcp, listen: "127.0.0.1:7003", upstream: "redis:6379"}
`;
const slow = 'slow: {target: {url: http://127.0.0.1:8083}, faults: [{delay: 300ms, share: 10%}]}';
const withFault = (fault: string, { declared = dependencies, more = '' } = {}): string =>
  soundConfig
    .replace(slow, `slow: {target: {url: http://127.0.0.1:8083}, faults: [${fault}]}${more}`)
    .replace('slow.late: {silentWrong: at most 1%, relation: loud}', 'slow.late: {silentWrong: at most 1%}') + declared;

function armOf(text: string): { readonly config: EffectiveConfig; readonly arm: Arm } {
  const { config, errors } = checkConfigText(text, options);
  expect(errors).toEqual([]);
  const again = checkConfigText(effectiveText(config as EffectiveConfig), options);
  expect([again.errors, again.config]).toEqual([[], config]);
  const arm = config?.experiments[0]?.arms.find(({ name }) => name === 'slow') as Arm;
  return { config: config as EffectiveConfig, arm };
}

describe('faults of a declared dependency', () => {
  // biome-ignore format: one case a line reads as the table it is
  it.each([
    ['{dependency: store, latency: 800ms, jitter: 100ms, distribution: lognormal, share: 30%, key: entity}', { latency: '800ms', jitter: '100ms', distribution: 'lognormal', share: '30%', seed: 'planes' }],
    ['{dependency: store, timeout: never}', { timeout: 'never', seed: 'planes' }],
    ['{dependency: store, reset: answer, share: 0.1%}', { reset: 'answer', share: '0.1%', seed: 'planes' }],
    ['{dependency: store, bandwidth: 10kB per second}', { bandwidth: '10000B per second', seed: 'planes' }],
    ['{dependency: store, slowClose: 2s}', { slowClose: '2s', seed: 'planes' }],
    ['{dependency: store, status: 503, seed: mine}', { status: 503, seed: 'mine' }],
    ['{dependency: store, stale: 1m}', { stale: '1m', seed: 'planes' }],
    ['{dependency: store, corrupt: digits}', { corrupt: 'digits', seed: 'planes' }],
    ['{dependency: store, failFirst: 20, as: status}', { failFirst: 20, as: 'status', seed: 'planes' }],
    ['{dependency: store, failover: 5s, inFlight: drain}', { failover: '5s', inFlight: 'drain', seed: 'planes' }],
    ['{dependency: redis, latency: 800ms, share: 30%}', { latency: '800ms', share: '30%', seed: '1' }],
  ])('%s is told to the proxy as it would be written there', (fault, words) => {
    const { arm } = armOf(withFault(fault));
    expect([...dependencyFaultsOf(arm).values()]).toEqual([[words]]);
  });

  it('select the same keys on both sides, whatever they are', () => {
    const { config, arm } = armOf(withFault('{dependency: store, latency: 800ms, share: 30%, key: entity}'));
    const declared = config.dependencies?.[0];
    const [words] = [...dependencyFaultsOf(arm).values()];
    const proxy = createEngagement(readFaults(words, { protocol: 'http', hasStandby: false }), {
      key: declared?.key ?? '',
      seed: 'of the proxy',
      nowMs: () => 0,
    });
    const here = dependency.create(arm.faults[0]?.options as never);
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (key) => {
        const request = { inputs: [{ name: 'entity', datatype: 'BYTES' as const, shape: [1], data: [key] }] };
        const acted = here.acts({ armName: 'slow', seed: 'of the run', requestId: 'r', request });
        const held = proxy.plan({ sequence: 1, target: `/features/${encodeURIComponent(key)}` });
        expect(held !== null).toBe(acted);
      }),
    );
  });

  it('may be the same in two arms behind one proxy', () => {
    const fault = '{dependency: store, latency: 800ms}';
    const more = `\n      other: {target: {url: http://127.0.0.1:8084}, faults: [${fault}]}`;
    armOf(withFault(fault, { more }));
  });

  it('are said in words by validate: what is done, by whom, and what is known', () => {
    const said = (fault: string, declared = dependencies): readonly string[] => {
      const { config, arm } = armOf(withFault(fault, { declared }));
      return dependencyFaultMeaning(arm, config);
    };
    expect(said('{dependency: store, latency: 800ms, share: 30%, key: entity}')).toEqual([
      'slow: store with latency 800ms, share 30%, seed planes: switched on when the run scores and off when it ends, at the proxy that serve starts; the same entity keys are selected here, by the input entity',
    ]);
    expect(said('{dependency: store, latency: 800ms, share: 30%, key: entity}', '')).toEqual([
      'slow: store with latency 800ms, share 30%, seed 1: declared here, switched elsewhere: nothing checks that it is on; the same entity keys are selected here, by the input entity',
    ]);
  });

  // biome-ignore format: one case a line reads as the table it is
  it.each([
    ['a dependency that is none', '{dependency: ‸stroe, latency: 800ms}', '"stroe" is not one of the dependencies (did you mean "store"?); declared: store, plain, redis'],
    ['no name', '{dependency: ‸1, latency: 800ms}', 'requires a name, got 1'],
    ['nothing that is done', '‸{dependency: store, share: 30%}', 'a fault requires exactly one of latency'],
    ['two things at once', '‸{dependency: store, latency: 1s, status: 503}', 'a fault requires exactly one of latency'],
    ['an option of no kind', '{dependency: store, latency: 1s, ‸jiter: 1s}', 'latency has no "jiter"; allowed: latency, jitter'],
    ['a duration without a unit', '{dependency: store, latency: ‸800}', 'latency: a duration requires a number with a unit'],
    ['a status out of range', '{dependency: store, status: ‸99}', 'status requires 200 to 599, got 99'],
    ['an HTTP fault on tcp', '{dependency: redis, status: ‸503}', 'status requires protocol http'],
    ['a failover without a standby', '{dependency: plain, failover: ‸1s}', 'failover requires a standby'],
    ['a share of nothing', '{dependency: store, latency: 1s, share: ‸0%}', 'requires a share above 0%'],
    ['a share that is none', '{dependency: store, latency: 1s, share: ‸30}', 'a share requires a number with %'],
    ['an entity key that the proxy does not look for', '{dependency: plain, latency: 1s, share: 30%, key: ‸entity}', 'the proxy of plain does not select by entity key: say where it finds one, such as dependencies.plain.key: /features/{key}'],
    ['an entity key on tcp', '{dependency: redis, latency: 1s, share: 30%, key: ‸entity}', 'where a share is of connections: leave it out'],
  ])('%s is refused at its place', (_what, fault, words) => {
    const marked = withFault(fault);
    const line = marked.split('\n').findIndex((one) => one.includes('‸'));
    const column = marked.split('\n')[line]?.indexOf('‸') ?? -1;
    const found = problemsOf(marked.replace('‸', ''));
    expect(found.map(({ message }) => message).join('\n')).toContain(words);
    expect(found.find(({ message }) => message.includes(words))?.at).toBe(`${line + 1}:${column + 1}`);
  });

  it('that differ in two arms behind one proxy are refused', () => {
    const more = '\n      other: {target: {url: http://127.0.0.1:8084}, faults: [{dependency: store, latency: 1s}]}';
    const found = problemsOf(withFault('{dependency: store, latency: 800ms}', { more }));
    expect(found[0]?.message).toBe(
      'slow and other reach store through one proxy and must say the same faults of it: or give each a dependency of its own',
    );
  });

  it('are counted by a proxy that reads HTTP, or a claim about their calls is refused', () => {
    const claimed = (declared: string) =>
      problemsOf(
        withFault('{delay: 1s}', { declared }).replace(
          '    expect:',
          '    expect:\n      slow: {extraDependencyCalls: at most 1%}',
        ),
      );
    expect(claimed(dependencies)).toEqual([]);
    const tcp = 'dependencies:\n  redis: {protocol: tcp, listen: "127.0.0.1:7003", upstream: "redis:6379"}\n';
    for (const declared of ['', tcp])
      expect(claimed(declared)).toEqual([
        {
          at: '18:7',
          message: expect.stringContaining('extraDependencyCalls requires a dependency with protocol http'),
        },
      ]);
  });

  it('cannot be loud where a selected call may be left alone', () => {
    const text = withFault('{dependency: store, stale: 1m, share: 30%, key: entity}');
    const loud = text.replace(
      'slow.late: {silentWrong: at most 1%}',
      'slow.late: {silentWrong: at most 1%, relation: loud}',
    );
    expect(problemsOf(loud)[0]?.message).toContain('stale leaves some alone');
  });
});
