// What a report is made of: everything the comparator says about one run, asked at one time.
import { createHash } from 'node:crypto';
import type { Divergence } from '../../core/stats/divergence.ts';
import type { Sample, VerdictChange } from '../../io/store-port.ts';
import type { GateView, RunView } from '../../pipeline/view-types.ts';
import type { ApiClient } from '../api-client.ts';

export interface ReportMaterial {
  readonly service: string;
  readonly madeAt: number;
  readonly run: RunView;
  readonly gate: GateView;
  readonly verdicts: readonly VerdictChange[];
  readonly effectSizes: readonly {
    readonly arm: string;
    readonly decision: string;
    readonly sizes: readonly Divergence[];
  }[];
  readonly samples: readonly Sample[];
}

/** Throws what asking throws: a report is whole or it is none. */
export async function gatherMaterial(client: ApiClient, id: string): Promise<ReportMaterial> {
  const path = `/v1/runs/${encodeURIComponent(id)}`;
  const ask = async <Answer>(from: string): Promise<Answer> => (await client.get(from)) as Answer;
  const [health, run, gate, { verdicts }, { effectSizes }, { samples }] = await Promise.all([
    ask<{ service: string }>('/v1/health'),
    ask<RunView>(path),
    ask<GateView>(`/v1/gate?run=${encodeURIComponent(id)}`),
    ask<Pick<ReportMaterial, 'verdicts'>>(`${path}/verdicts`),
    ask<Pick<ReportMaterial, 'effectSizes'>>(`${path}/effect-sizes`),
    ask<Pick<ReportMaterial, 'samples'>>(`${path}/samples`),
  ]);
  return { service: health.service, madeAt: Date.now(), run, gate, verdicts, effectSizes, samples };
}

/** Of what the report says, so that two copies of it can be told apart or found equal. */
export function hashOf(material: ReportMaterial): string {
  return `sha256:${createHash('sha256').update(JSON.stringify(material)).digest('hex')}`;
}

export interface Row {
  readonly arm: string;
  readonly id: string;
  readonly state: string;
  readonly n: number;
  readonly sentence: string;
  readonly estimate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly tolerance: number;
  readonly isSensitive: boolean;
}

const words: Readonly<Record<string, string>> = {
  HOLDS: 'within limit',
  VIOLATED: 'over limit',
  UNDECIDED: 'not yet known',
  DIFFERENT: 'differs from control',
  REGRESSED: 'regressed',
};

/** Every hypothesis as a line; those that the gate waits for come first. */
export function rowsOf({ run }: ReportMaterial): readonly Row[] {
  const all = run.arms.flatMap(({ name, hypotheses }) => hypotheses.map((one) => ({ arm: name, ...one })));
  return [...all]
    .sort((one, other) => Number(other.required) - Number(one.required))
    .map(({ arm, id, verdict, required, n, sentence, estimate, interval, tolerance, relation }) => ({
      arm,
      id,
      state: `${words[verdict] ?? verdict}${required ? '' : ' (not required)'}`,
      n,
      sentence,
      estimate,
      interval,
      tolerance,
      isSensitive: relation === 'sensitive',
    }));
}

/** Name and value of everything that identifies what was judged. */
export function identityOf({ service, run, gate, madeAt }: ReportMaterial): readonly (readonly [string, string])[] {
  const { candidate } = gate;
  const facts: readonly (readonly [string, string | null])[] = [
    ['service', service],
    ['experiment', run.experiment],
    ['run', run.id],
    ['candidate', candidate.target ?? 'as in the config'],
    ['candidate version', candidate.version],
    ['candidate digest', candidate.digest],
    ['reference', candidate.ref],
    ['production version', gate.productionVersion],
    ['policy hash', run.policyHash],
    ['run state', `${run.state}${run.endReason === null ? '' : ` (${run.endReason})`}`],
    ['started', at(run.startedAt)],
    ['ended', run.endedAt === null ? null : at(run.endedAt)],
    ['answer valid until', gate.expiresAt === null ? null : at(gate.expiresAt)],
    ['report made', at(madeAt)],
    ['penumbra', gate.serviceVersion],
  ];
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
}

export function at(time: number): string {
  return new Date(time)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}

/** Where the requests of each arm went, as one sentence. */
export function whereRequestsWent({ run }: ReportMaterial): readonly string[] {
  const list = (counts: Readonly<Partial<Record<string, number>>>): string =>
    Object.entries(counts)
      .map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`)
      .join(', ') || 'none';
  return run.arms.map(({ name, conservation: { received, compared, skipped, dropped, inFlight } }) => {
    return `${name}: ${received} received = ${compared} compared + skipped (${list(skipped)}) + dropped (${list(dropped)}) + ${inFlight} in flight`;
  });
}

/** What was done to the request of a sample on purpose: which perturbations and faults acted, and what was sent instead. */
export function doneTo({ applied = [], sent }: Sample): string {
  const done = applied.join('; ') || 'nothing';
  return sent === undefined ? done : `${done}: ${JSON.stringify(sent)}`;
}
