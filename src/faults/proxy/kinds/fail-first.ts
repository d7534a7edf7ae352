// Dependency fault: the first calls fail, then all is well: what a retry is for, and what a cold or restarting store does.
import { Type } from 'typebox';
import type { Effect, ProxyFaultKind } from '../fault.ts';

const options = Type.Object(
  {
    failures: Type.Integer({ minimum: 1, maximum: 1e9, description: 'how many calls fail, counted from switching on' }),
    as: Type.Enum(['status', 'reset', 'timeout'], {
      default: 'reset',
      description: 'status: 503 (HTTP only); reset: the connection is reset; timeout: no answer',
    }),
  },
  { additionalProperties: false },
);

const effects: Readonly<Record<'status' | 'reset' | 'timeout', Effect>> = {
  status: { answer: { status: 503, body: '' } },
  reset: { reset: 'request' },
  timeout: { silent: { closeAfterMs: null } },
};

export const failFirst: ProxyFaultKind<typeof options> = {
  name: 'failFirst',
  summary: 'fails the first calls and leaves the later ones alone',
  options,
  mainOption: 'failures',
  protocols: ['http', 'tcp'],
  create: ({ failures, as }) => {
    let left = failures;
    return {
      effectOn: () => {
        if (left === 0) return null;
        left--;
        return effects[as];
      },
    };
  },
};
