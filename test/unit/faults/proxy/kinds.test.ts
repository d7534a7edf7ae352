// What each fault of the proxy does to a call, as data: known effects, and the distributions by their quantiles.
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../../../src/core/random.ts';
import type { FaultedCall } from '../../../../src/faults/proxy/fault.ts';
import { proxyFaults } from '../../../../src/faults/proxy/kinds/index.ts';
import { createFault, parseFaultText, readFaults, writeFault } from '../../../../src/faults/proxy/read-faults.ts';

const http = { protocol: 'http', hasStandby: true } as const;

const call = (n: number, more: Partial<FaultedCall> = {}): FaultedCall => ({
  sinceOnMs: 0,
  ordinal: n,
  random: randomFor('seed', String(n), 'test'),
  ...more,
});

function faultOf(written: object) {
  const [use] = readFaults([written], http);
  if (!use) throw new Error('nothing was read');
  return createFault(use);
}

/** Sorted delays of ten thousand calls. */
function delaysOf(written: object): number[] {
  const fault = faultOf(written);
  const delays = Array.from({ length: 10_000 }, (_, n) => fault.effectOn(call(n))?.holdMs ?? Number.NaN);
  return delays.sort((one, other) => one - other);
}

describe('latency', () => {
  it('is constant without jitter', () => {
    expect(new Set(delaysOf({ latency: '80ms' }))).toEqual(new Set([80]));
  });

  it.each(['uniform', 'normal', 'lognormal', 'pareto'])('%s has the asked latency as its median', (distribution) => {
    const median = delaysOf({ latency: '200ms', jitter: '40ms', distribution })[5000] ?? 0;
    expect(Math.abs(median - 200)).toBeLessThan(2.5);
  });

  it.each(['normal', 'lognormal', 'pareto'])(
    '%s is later than the median by jitter for one call in six',
    (distribution) => {
      const delays = delaysOf({ latency: '200ms', jitter: '40ms', distribution });
      expect(Math.abs((delays[8413] ?? 0) - 240)).toBeLessThan(5);
    },
  );

  it('has the longest tail under pareto, and cuts it where told', () => {
    const worst = (distribution: string) => delaysOf({ latency: '200ms', jitter: '40ms', distribution }).at(-10) ?? 0;
    expect(worst('pareto')).toBeGreaterThan(worst('lognormal'));
    expect(worst('lognormal')).toBeGreaterThan(worst('normal'));
    expect(delaysOf({ latency: '200ms', jitter: '40ms', distribution: 'pareto', atMost: '300ms' }).at(-1)).toBe(300);
  });

  it('is never negative', () => {
    expect(delaysOf({ latency: '1ms', jitter: '500ms', distribution: 'normal' })[0]).toBe(0);
  });
});

describe('the other kinds', () => {
  it.each([
    [{ timeout: 'never' }, { silent: { closeAfterMs: null } }],
    [{ timeout: '2s' }, { silent: { closeAfterMs: 2000 } }],
    [{ reset: 'answer' }, { reset: 'answer' }],
    [{ bandwidth: '10KiB per second' }, { bytesPerSecond: 10_240 }],
    [{ slowClose: '300ms' }, { slowCloseMs: 300 }],
    [{ status: 503 }, { answer: { status: 503, body: '' } }],
    [{ stale: '1m' }, { staleMs: 60_000 }],
    [{ corrupt: 'bits' }, { corrupt: 'bits' }],
  ])('%j', (written, effect) => {
    expect(faultOf(written).effectOn(call(1))).toEqual(effect);
  });

  it('failFirst fails the first calls only', () => {
    const fault = faultOf({ failFirst: 2, as: 'status' });
    const effects = [1, 2, 3].map((n) => fault.effectOn(call(n)));
    expect(effects).toEqual([{ answer: { status: 503, body: '' } }, { answer: { status: 503, body: '' } }, null]);
  });

  it('failover loses the upstream by time or by count', () => {
    const byTime = faultOf({ failover: '20s' });
    expect([19_999, 20_000].map((sinceOnMs) => byTime.effectOn(call(1, { sinceOnMs })))).toEqual([
      null,
      { isFailedOver: true },
    ]);
    const byCount = faultOf({ failover: 'never', at: 3 });
    expect([2, 3].map((n) => byCount.effectOn(call(n)))).toEqual([null, { isFailedOver: true }]);
  });
});

describe('faults as people write them', () => {
  it('are read from the command line as from JSON', () => {
    expect(readFaults([parseFaultText('latency=800ms,share=30%')], http)).toEqual(
      readFaults([{ latency: '800ms', share: '30%' }], http),
    );
    expect(readFaults([parseFaultText('status=503,share=1%')], http)[0]?.options).toEqual({ status: 503, body: '' });
  });

  it.each(proxyFaults.map(({ name }) => name))('%s is written back in words that read the same', (name) => {
    const examples: Readonly<Record<string, object>> = {
      latency: { latency: '90s', jitter: '5ms', distribution: 'normal', share: '0.1%', key: '/f/{key}', seed: 's' },
      timeout: { timeout: 'never' },
      reset: { reset: 'request' },
      bandwidth: { bandwidth: '1500B per second' },
      slowClose: { slowClose: '5s' },
      status: { status: 429, body: 'slow down' },
      stale: { stale: '0ms' },
      corrupt: { corrupt: 'cut', share: '12.5%' },
      failFirst: { failFirst: 3, as: 'timeout' },
      failover: { failover: '20s', inFlight: 'drain' },
    };
    const uses = readFaults([examples[name]], http);
    expect(readFaults(uses.map(writeFault), http)).toEqual(uses);
    expect(uses.map(writeFault)).toEqual([examples[name]]);
  });

  it.each([
    [{ latncy: '1s' }, 'exactly one of latency, timeout'],
    [{ latency: '1s', status: 503 }, 'exactly one of'],
    [{ latency: 800 }, 'a duration requires a number with a unit'],
    [
      { latency: '1s', jiter: '1ms' },
      'latency has no "jiter"; allowed: latency, jitter, distribution, atMost, share, key, seed',
    ],
    [{ latency: '1s', jitter: '1ms', distribution: 'constant' }, 'jitter requires a distribution other than constant'],
    [{ latency: '1s', distribution: 'pareto' }, 'distribution pareto requires jitter'],
    [{ latency: '1s', share: '130%' }, 'a share requires 0% to 100%'],
    [{ latency: '1s', share: 0.3 }, 'a share requires a number with %'],
    [{ latency: '1s', key: 'features' }, 'key requires request, path or a pattern'],
    [{ reset: 'soon' }, 'reset requires one of request, answer'],
    [{ status: 99 }, 'status requires 200 to 599'],
    [{ bandwidth: '10' }, 'a bandwidth requires bytes per time'],
    [{ failover: 'never' }, 'requires at'],
    [{ failover: '1s', share: '10%' }, 'acts on the whole dependency'],
    [[], 'a fault requires a map'],
  ])('%j is refused', (written, words) => {
    expect(() => readFaults([written], http)).toThrow(words);
  });

  it('are refused where the protocol or the set-up cannot carry them', () => {
    const tcp = { protocol: 'tcp', hasStandby: false } as const;
    expect(() => readFaults([{ status: 503 }], tcp)).toThrow('status requires protocol http');
    expect(() => readFaults([{ latency: '1s', key: 'path' }], tcp)).toThrow('the share is of connections');
    expect(() => readFaults([{ failFirst: 1, as: 'status' }], tcp)).toThrow('requires protocol http');
    expect(() => readFaults([{ failover: '1s' }], tcp)).toThrow('requires a standby');
    expect(() => parseFaultText('latency')).toThrow('name=value');
    expect(() => parseFaultText('latency=1s,latency=2s')).toThrow('one thing twice');
  });
});
