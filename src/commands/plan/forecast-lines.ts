// A forecast as people read it: how many requests until "within limit" and "over limit", and how long that takes. Rates happen or do not;
// amounts and distributions are alike or are not. What no mean tells is said to be unknown, in whole sentences.
import { limitText } from '../../config/describe.ts';
import { metricOf } from '../../core/judge/observe.ts';
import { toleranceOf } from '../../core/judge/relation.ts';
import { percent } from '../../core/judge/words.ts';
import type { Experiment, Hypothesis } from '../../model.ts';
import type { Forecast } from './forecast.ts';
import { about, requestsText } from './say.ts';
import { type Traffic, timeUntilMs } from './traffic.ts';

export interface ForecastSetting {
  readonly experiment: Experiment;
  readonly traffic: Traffic;
}

/** A number of requests and when it holds; null when it cannot be said. */
type Case = readonly [requests: number | null, when: string];

export function forecastLines(one: Forecast, setting: ForecastSetting): string[] {
  const { hypothesis, best, atHalf, atTwice, countedShare } = one;
  const { id, metric, relation, required } = hypothesis;
  if (metric === 'different') {
    return [
      `  ${id}: has no limit; that the arm differs from the control is said once it is proven, and nothing waits for it`,
    ];
  }
  const say = (requests: number): string =>
    `${requestsText(requests)} (${about(timeUntilMs(requests / countedShare, setting))})`;
  const [nothing, half, twice] = casesOf(hypothesis);
  const [within, over] = relation === 'sensitive' ? ['above limit', 'below limit'] : ['within limit', 'over limit'];
  return [
    `  ${id}: ${limitText(hypothesis)}${required ? '' : ', advisory'}${countedText(one)}`,
    `            ${within}${holdsText([best, nothing], [atHalf, half], { say })}`,
    `            ${over}${atTwice === null ? `: how many requests that takes ${twice} cannot be said` : ` after ${say(atTwice)} ${twice}`}`,
  ];
}

function holdsText(
  [fewest, whenBest]: Case,
  [more, whenHalf]: Case,
  { say }: { readonly say: (requests: number) => string },
): string {
  if (fewest === null) return ': how many requests that takes cannot be said';
  const first = ` after ${say(fewest)} ${whenBest}`;
  return more === null ? `${first}; how many ${whenHalf} cannot be said` : `${first}, ${say(more)} ${whenHalf}`;
}

/** When nothing is wrong, half of what is allowed, and too much. */
function casesOf(hypothesis: Hypothesis): readonly [string, string, string] {
  const { amount, needsTruth, onlyAgainstControl } = metricOf(hypothesis);
  // The net share of requests made worse counts both ways: it can be none although much happened.
  const isAmount = amount !== undefined || needsTruth;
  const always = isAmount ? 'at the most there can be' : 'if it always happens';
  if (hypothesis.relation === 'sensitive') return [always, 'half-way between that and the limit', 'at half the limit'];
  // An amount that is a multiple of the control's has no most; all others end at 1.
  const isBeyondAll = onlyAgainstControl === undefined && amount?.isPlainNumber !== true;
  const twice = isBeyondAll && 2 * toleranceOf(hypothesis) >= 1 ? always : 'at twice the limit';
  return [isAmount ? 'if the two are alike' : 'if it never happens', 'at half the limit', twice];
}

function countedText({ hypothesis, countedShare }: Forecast): string {
  if (hypothesis.metric === 'recovered')
    return ` (only requests sent after that time and before the next strike count: ${percent(countedShare)})`;
  if (countedShare < 1) return ` (only requests on which the fault acts count: ${percent(countedShare)})`;
  if (!metricOf(hypothesis).needsTruth) return '';
  return ' (only requests whose true outcome is told count; times are for all being told at once)';
}
