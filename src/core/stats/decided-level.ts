// How sure a confidence sequence is of a decision: the smallest error rate at which its bound still decides, as a level ln(1/alpha).

/** Levels beyond this, one false decision in 10^43, are all the same to anybody. */
const highest = 100;
const lowest = 1e-6;
const enough = 1e-9;

/**
 * The largest level in [0, 100] at which `margin` is not negative, from below and to nine digits; 0 when there is none. Assumption: bounds widen
 * with the level, so the margin falls. Bracketed secant steps (Illinois), halving now and then: about ten evaluations, one when
 * nothing is decided, two when all is. Reference: Dowell and Jarratt 1971, BIT 11.
 */
export function decidedLevel(margin: (level: number) => number): number {
  let from = { level: lowest, margin: margin(lowest) };
  if (!(from.margin >= 0)) return 0;
  let to = { level: highest, margin: margin(highest) };
  if (to.margin >= 0) return highest;
  let [weightFrom, weightTo] = [from.margin, to.margin];
  for (let round = 1; round < 100 && to.level - from.level > enough * to.level; round++) {
    const secant = from.level + ((to.level - from.level) * weightFrom) / (weightFrom - weightTo);
    const isInside = secant > from.level && secant < to.level && round % 6 > 0;
    const level = isInside ? secant : (from.level + to.level) / 2;
    const found = { level, margin: margin(level) };
    if (found.margin >= 0) {
      [weightFrom, weightTo] = [found.margin, weightTo / 2];
      from = found;
    } else {
      [weightFrom, weightTo] = [weightFrom / 2, found.margin];
      to = found;
    }
  }
  return from.level;
}
