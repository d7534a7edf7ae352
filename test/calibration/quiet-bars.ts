// N1: the whole panel on an arm that is production's twin stays quiet, looked at after every closed bucket.
import { newLateOnsetState, updateLateOnset } from '../../src/core/judge/late-onset.ts';
import type { Random } from '../../src/core/random.ts';
import { bernoulli } from '../../src/core/stats/bernoulli.ts';
import { type Bar, randomOf } from './bar.ts';
import { addPair, createPanel, judgePanel, type PanelPair, panelMetrics } from './panel.ts';

const bucket = 100;
/** One false alarm a year of minute buckets, for each of the panel's detectors. */
const threshold = 525_600 * panelMetrics;

interface Twin {
  readonly flips: number;
  readonly noise: number;
}

function twinPair(random: Random, { flips, noise }: Twin): PanelPair {
  const production = random.uniform();
  const again = (): number => (noise === 0 ? production : clip(production + noise * random.normal()));
  return {
    production,
    arm: again(),
    control: again(),
    armFlipped: flips > 0 && random.uniform() < flips,
    controlFlipped: flips > 0 && random.uniform() < flips,
    failed: 0,
    armMs: 20,
    controlMs: 20,
  };
}

function clip(score: number): number {
  return Math.min(1, Math.max(0, score));
}

/** The first alarm's name, or null: VIOLATED and DIFFERENT at alpha .01 shared over the panel, REGRESSED on flips. */
export function firstAlarm(draw: () => PanelPair, requests: number): string | null {
  const panel = createPanel({ withLatency: false });
  const goal = Math.log(panelMetrics / 0.01);
  const detector = { statistic: bernoulli, tolerance: 0.01, threshold };
  let state = newLateOnsetState(detector);
  let flipsBefore = 0;
  for (let n = 1; n <= requests; n++) {
    addPair(panel, draw());
    if (n % bucket !== 0) continue;
    const flips = panel.flip[1] as number;
    state = updateLateOnset(state, { detector, added: [bucket, flips - flipsBefore] }).state;
    flipsBefore = flips;
    if (state.isRegressed) return 'regressed';
    const loud = judgePanel(panel).find(({ up }) => up >= goal);
    if (loud !== undefined) return loud.name;
  }
  return null;
}

export const quietBars: readonly Bar[] = [
  {
    id: 'N1',
    says: 'A/A, seven metrics and REGRESSED, every closed bucket looked at: identical (1 in 25 of the runs), and .04 % flips with noise sd .005',
    must: 'some alarm in at most 1 % of the runs',
    measure(setting) {
      const [runs, requests] = setting.short ? [30, 5000] : [500, 100_000];
      const alarms: string[] = [];
      for (let run = 0; run < runs; run++) {
        const twin: Twin = run % 25 === 0 ? { flips: 0, noise: 0 } : { flips: 0.0004, noise: 0.005 };
        const random = randomOf(setting, `N1 ${run}`);
        const alarm = firstAlarm(() => twinPair(random, twin), requests);
        if (alarm !== null) alarms.push(alarm);
      }
      const named = alarms.length === 0 ? '' : ` (${alarms.join(', ')})`;
      return {
        measured: `${alarms.length} of ${runs} runs of ${requests} requests${named}`,
        // Less than 100 runs cannot show 1 %: then none may alarm.
        met: alarms.length <= 0.01 * runs,
      };
    },
  },
];
