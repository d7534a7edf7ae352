// The gate for Argo Rollouts' web metric. Argo takes any status but 2xx as its own Error and not as a failed analysis, so this answers 200
// whatever happened, and the verdict says it. https://argo-rollouts.readthedocs.io/en/stable/analysis/web/
import { Type } from 'typebox';
import { messageOf } from '../errors.ts';
import type { GateView } from '../pipeline/view-types.ts';
import { answers } from './answers.ts';
import { reasonsOf } from './gate-reasons.ts';
import { resource } from './plugin.ts';

const query = Type.Object(
  {
    run: Type.Optional(Type.String({ description: 'run id' })),
    experiment: Type.Optional(Type.String({ description: 'experiment name: its newest run is asked' })),
  },
  { additionalProperties: false },
);

const answer = Type.Object({
  data: Type.Object({
    verdict: Type.Enum(['pass', 'fail', 'inconclusive'], { description: 'inconclusive: hold, and ask again' }),
    gate: Type.String({ description: 'the verdict in the gate’s own words' }),
    run: Type.String(),
    score: Type.Number({ description: '100 for pass, 0 for fail, 50 between' }),
    reasons: Type.Array(Type.String()),
  }),
});

const scores = { pass: 100, fail: 0, inconclusive: 50 } as const;

export const gateArgo = resource((app, comparator) => {
  app.get(
    '/v1/gate/argo',
    { schema: { summary: 'The gate for an Argo Rollouts web metric', querystring: query, ...answers(answer) } },
    async ({ query: { run, experiment } }) => {
      try {
        const view = comparator.gate({ run: run ?? null, experiment: experiment ?? null, nonce: null });
        const verdict = argoVerdict(view);
        return {
          data: { verdict, gate: view.verdict, run: view.run, score: scores[verdict], reasons: reasonsOf(view) },
        };
      } catch (thrown) {
        const reasons = [messageOf(thrown)];
        return { data: { verdict: 'inconclusive', gate: 'NO_DATA', run: '', score: scores.inconclusive, reasons } };
      }
    },
  );
});

/** Only FAIL rolls back: everything else that is not PASS, or overridden, holds the rollout until a person has looked. */
export function argoVerdict({ verdict, override }: Pick<GateView, 'verdict' | 'override'>): keyof typeof scores {
  if (verdict === 'PASS' || override != null) return 'pass';
  return verdict === 'FAIL' ? 'fail' : 'inconclusive';
}
