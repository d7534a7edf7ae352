// extra-dependency-calls: retry amplification. The arm's request caused more than `times` as many calls of its dependencies as the
// control's same request. n = comparable pairs on which both counts are known: proxies stand in front of the dependencies of both,
// and both pods forward the ids of their requests. A failed answer counts too: retries end in failures.
import { type Static, Type } from 'typebox';
import type { Kind } from '../kind.ts';
import { createMetric, type Metric } from './metric.ts';

const options = Type.Object(
  {
    times: Type.Optional(
      Type.Number({
        description: 'how many times the control’s calls are still well, at least 1',
        minimum: 1,
        default: 2,
      }),
    ),
  },
  { additionalProperties: false },
);

export const extraDependencyCalls: Kind<typeof options, Metric> = {
  name: 'extra-dependency-calls',
  summary: 'The request made the arm call its dependencies more than so many times as often as the control.',
  options,
  create: ({ times = 2 }: Static<typeof options>) => ({
    ...createMetric({
      name: 'extra-dependency-calls',
      words: 'rate of extra dependency calls',
      counted: ' on which the calls that the arm and the control made to their dependencies are known',
      limits: {
        forms: ['at most', 'practically none'],
        otherwise: 'is measured against the control already: say {times: 2, share: at most 1%}',
      },
      happened(_outcome, { arm, control }) {
        const [ofArm, ofControl] = [arm.dependencyCalls ?? null, control?.dependencyCalls ?? null];
        return ofArm === null || ofControl === null ? null : ofArm > times * ofControl;
      },
    }),
    needsControl: true,
  }),
};
