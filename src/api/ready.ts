// Readiness, for whoever sends traffic or waits: 200 when it does its work, else 503 with what it waits for. Liveness is /v1/health.
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { answers } from './answers.ts';
import type { Api } from './plugin.ts';

const readyAnswer = Type.Object({ ready: Type.Literal(true) });

/** `whyNot` is empty when it is ready. */
export function offerReadiness(app: Api, whyNot: () => readonly string[]): void {
  const schema = { summary: 'Is it ready: 503 with the reasons until it is', ...answers(readyAnswer) };
  app.get('/v1/ready', { schema }, async () => {
    const reasons = whyNot();
    if (reasons.length > 0) throw new PenumbraError('NOT_READY', reasons.join('; '));
    return { ready: true as const };
  });
}
