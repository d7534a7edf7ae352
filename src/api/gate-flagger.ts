// The gate for Flagger's webhooks. To Flagger a status up to 202 means yes and the body of any other is shown as the reason; a `rollback`
// webhook is the other way round: yes means roll back. https://docs.flagger.app/usage/webhooks
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import type { GateView } from '../pipeline/view-types.ts';
import { requireScope, type Scope } from './access.ts';
import { answers } from './answers.ts';
import type { Comparator } from './comparator.ts';
import { reasonsOf } from './gate-reasons.ts';
import { resource } from './plugin.ts';

/** What Flagger sends; members may be added by later versions of it. */
const webhook = Type.Object({
  name: Type.String({ maxLength: 253 }),
  namespace: Type.String({ maxLength: 253 }),
  phase: Type.String({ maxLength: 100 }),
  checksum: Type.Optional(Type.String({ maxLength: 200, description: 'identifies the revision' })),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String({ maxLength: 2000 }), {
      description:
        'experiment or run; candidate, where the config lets one be named; token, where the API asks for one',
    }),
  ),
});

const answerSchema = Type.Object({
  message: Type.String({ description: 'one line, which Flagger shows as an event' }),
});

interface Answer {
  readonly isYes: boolean;
  readonly line: string;
}

interface Asked {
  readonly body: { readonly checksum?: string; readonly metadata?: Readonly<Record<string, string>> };
}

export const gateFlagger = resource((app, comparator, { access }) => {
  /** Flagger can send no header of its own, so that the token comes in the metadata. */
  const authorize = ({ body }: Asked, needed: Scope): void => {
    if (!access.isAsked) return;
    requireScope(access.scopeOf(body.metadata?.token ?? ''), { needed, where: 'metadata.token' });
  };
  const route = (
    path: string,
    { summary, needed = 'read' }: { summary: string; needed?: Scope },
    answer: (asked: Asked) => Promise<Answer>,
  ) =>
    app.post(path, { schema: { summary, body: webhook, ...answers(answerSchema) } }, async (request) => {
      authorize(request, needed);
      const { isYes, line } = await answer(request);
      if (!isYes) throw new PenumbraError('GATE_SAYS_NO', line);
      return { message: line };
    });
  route(
    '/v1/gate/flagger',
    { summary: 'Flagger: yes only for PASS or while overridden (confirm-promotion, rollout, …)' },
    async (asked) => {
      const view = gateOf(comparator, asked);
      return { isYes: view.verdict === 'PASS' || view.override != null, line: lineOf(view) };
    },
  );
  const inverted = { summary: 'Flagger rollback: yes means roll back, so yes only for FAIL' };
  route('/v1/gate/flagger/rollback', inverted, async (asked) => {
    const view = gateOf(comparator, asked);
    return { isYes: view.verdict === 'FAIL' && view.override == null, line: lineOf(view) };
  });
  const start = { summary: 'Flagger pre-rollout: starts a run for this revision, once', needed: 'operate' } as const;
  route('/v1/gate/flagger/start', start, async (asked) => {
    return { isYes: true, line: await startOnce(comparator, asked) };
  });
});

function gateOf(comparator: Comparator, { body: { metadata = {} } }: Asked): GateView {
  const { run, experiment } = metadata;
  if ((run === undefined) === (experiment === undefined)) {
    throw new PenumbraError('USAGE', 'metadata requires either run or experiment');
  }
  return comparator.gate({ run: run ?? null, experiment: experiment ?? null, nonce: null });
}

/** Flagger asks again when an answer was lost: the run that goes on about the same revision is the answer then. */
async function startOnce(comparator: Comparator, { body: { checksum, metadata = {} } }: Asked): Promise<string> {
  const { experiment, candidate } = metadata;
  if (experiment === undefined) throw new PenumbraError('USAGE', 'metadata requires experiment');
  const same = comparator
    .runs()
    .findLast((run) => run.experiment === experiment && run.endedAt === null && run.candidate.ref === checksum);
  if (same !== undefined && checksum !== undefined) return `run ${same.id} goes on`;
  const start = { experiment, ...(candidate === undefined ? {} : { candidate }) };
  const run = await comparator.startRun({ ...start, ...(checksum === undefined ? {} : { ref: checksum }) });
  return `run ${run.id} started`;
}

function lineOf(view: GateView): string {
  return `${view.verdict}: ${reasonsOf(view)[0] ?? ''}`;
}
