// Forecasts as people read them: rates happen, amounts and distributions are alike, and what cannot be said is said in whole sentences.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { forecast } from '../../../../src/commands/plan/forecast.ts';
import { forecastLines } from '../../../../src/commands/plan/forecast-lines.ts';
import { requestsText } from '../../../../src/commands/plan/say.ts';
import { plan } from '../../../../src/commands/plan.ts';
import { metrics } from '../../../../src/core/compare/index.ts';
import type { Arm, Experiment, Hypothesis } from '../../../../src/model.ts';
import { hypothesisOf } from '../../core/judge/hypotheses.ts';

const traffic = {
  productionPerSecond: 50,
  chosenPerSecond: 50,
  sentPerSecond: 50,
  isCapped: false,
  mostRequests: 100_000,
  mostSeconds: 3660,
};
const experiment = { bucketMs: 10_000, joinDeadlineMs: 2000 } as Experiment;
const arm = { name: 'candidate', perturbations: [], faults: [] } as unknown as Arm;

function linesOf(metric: string, given: Partial<Hypothesis> = {}): string[] {
  const claim = { id: `candidate.late.${metric}`, arm: 'candidate', metric, tolerance: 0.2, minActed: 0 };
  const hypothesis = hypothesisOf({ ...claim, ...given });
  return forecastLines(forecast(hypothesis, arm), { experiment, traffic }).map((line) => line.trim());
}

describe('a forecast', () => {
  it('of PSI says what can be said, and that the rest cannot', () => {
    expect(linesOf('psi')).toEqual([
      'candidate.late.psi: at most 0.2',
      'within limit after 387 requests (20s) if the two are alike; how many at half the limit cannot be said',
      'over limit: how many requests that takes at twice the limit cannot be said',
    ]);
  });

  it.each([
    ['paired-ks', 'limit'],
    ['paired-ks', 'control'],
    ['mean-difference', 'limit'],
    ['mean-difference', 'control'],
    ['bias', 'limit'],
    ['worse', 'limit'],
    ['latency', 'control'],
  ] as const)('of %s against %s is about two that are alike', (metric, against) => {
    const [, within, over] = linesOf(metric, { against });
    const count = /[\d,]+ requests? \(\d+m?s\)/.source;
    expect(within).toMatch(
      new RegExp(`^within limit after ${count} if the two are alike, ${count} at half the limit$`),
    );
    expect(over).toMatch(new RegExp(`^over limit after ${count} at twice the limit$`));
  });

  it.each(['flip', 'material', 'error', 'timeout', 'slo-breach', 'silent-wrong'])(
    'of the rate %s is about what never happens',
    (metric) => {
      expect(linesOf(metric)[1]).toMatch(/^within limit after [\d,]+ requests \(\d+s\) if it never happens, /);
    },
  );

  it('of what waits for the truth says so', () => {
    expect(linesOf('worse')[0]).toContain('only requests whose true outcome is told count');
    expect(linesOf('flip')[0]).not.toContain('true outcome');
  });

  it('knows that twice the limit may be more than all', () => {
    expect(linesOf('flip', { tolerance: 0.6 })[2]).toMatch(/^over limit after .* if it always happens$/);
    expect(linesOf('bias', { tolerance: 0.6 })[2]).toMatch(/^over limit after .* at the most there can be$/);
    expect(linesOf('latency', { tolerance: 0.6, against: 'control' })[2]).toMatch(/ at twice the limit$/);
  });

  it('of the least that is expected is about above and below', () => {
    const [, above, below] = linesOf('available', { relation: 'sensitive', tolerance: 0.99 });
    expect(above).toMatch(/^above limit after .* if it always happens, .* half-way between that and the limit$/);
    expect(below).toMatch(/^below limit after .* at half the limit$/);
  });

  it('of DIFFERENT has no limit and no number', () => {
    expect(linesOf('different')).toEqual([
      'candidate.late.different: has no limit; that the arm differs from the control is said once it is proven, and nothing waits for it',
    ]);
  });

  it('of a single request is about one request', () => {
    expect([0, 1, 1234].map(requestsText)).toEqual(['0 requests', '1 request', '1,234 requests']);
  });

  it('of any metric is without "more than can be said"', () => {
    for (const { name } of metrics.filter(({ options }) => (options.required ?? []).length === 0)) {
      const against = name === 'latency' ? 'control' : 'limit';
      expect(linesOf(name, { against }).join('\n')).not.toMatch(/more than can be said|null|undefined|NaN/);
    }
  });
});

const configs = join(import.meta.dirname, '../../../../config');

it.each(readdirSync(configs).filter((name) => name.endsWith('.yaml') && name !== 'chaos.yaml'))(
  '%s is planned in whole sentences',
  (name) => {
    const { report, exitCode } = plan(join(configs, name), { experiment: null, productionPerSecond: null, env: {} });
    expect(exitCode).toBe(0);
    expect(report).not.toMatch(/more than can be said|null|undefined|NaN|Infinity|\(\d+\w+\) requests/);
    const forecasts = report.split('\n').filter((line) => /^ {12}(within|over|above|below) limit/.test(line));
    expect(forecasts.length).toBeGreaterThan(0);
    for (const line of forecasts) expect(line).toMatch(/limit(: how many| after [\d,]+ requests? \()/);
  },
);
