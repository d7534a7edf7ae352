// From claims to hypotheses: what was written and what penumbra adds, each with its part of the run's error budget.
import { shareErrorBudget } from '../core/judge/error-budget.ts';
import type { Hypothesis, RowsPolicy } from '../model.ts';
import { type AutomaticSetting, automaticClaims } from './automatic-claims.ts';
import type { Claim } from './hypotheses.ts';

export interface RunSetting extends AutomaticSetting {
  readonly alpha: number;
  readonly rows: RowsPolicy;
}

/** Every hypothesis of a run, with its error rates. */
export function hypothesesOf(claims: readonly Claim[], { alpha, rows, ...setting }: RunSetting): readonly Hypothesis[] {
  const all = [...claims, ...automaticClaims(claims, { ...setting, rows })].map((claim) => ({ ...claim, rows }));
  return shareErrorBudget(all, {
    alpha,
    alphaHolds: alpha,
    weightOf: weightInBudget,
  });
}

/** What penumbra only shows takes a small part, so that nobody pays much for what nobody asked for. */
function weightInBudget({ automatic, required }: Claim): number {
  return automatic && !required ? 0.25 : 1;
}
