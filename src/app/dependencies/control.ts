// The control API of one dependency's fault proxy, as the comparator asks it. Every call has a deadline and rejects with a sentence.
import { PenumbraError } from '../../errors.ts';
import type { CallsSince } from '../../faults/proxy/calls-per-request.ts';
import type { Restoration } from '../../faults/proxy/probe.ts';
import type { ProxyState } from '../../faults/proxy/state.ts';

export interface DependencyControl {
  readonly name: string;
  readonly protocol: 'http' | 'tcp';
  /** Another number whenever its process was started anew; null while none runs. */
  incarnation(): number | null;
  /** In place of the faults that are on; they end by themselves after the lease. */
  switchOn(faults: readonly object[], options: { leaseMs: number }): Promise<ProxyState>;
  /** Rejects when no faults are on. */
  renew(): Promise<void>;
  /** Removes the faults and measures that it is so. */
  restore(): Promise<Restoration>;
  state(): Promise<ProxyState>;
  /** HTTP only. */
  callsSince(seq: number): Promise<CallsSince>;
}

/** Where a control API is at the moment. */
export interface ControlPlace {
  readonly url: string;
  readonly token: string | null;
  readonly incarnation: number;
}

export interface HttpControlOptions {
  readonly name: string;
  readonly protocol: 'http' | 'tcp';
  /** Null while its process does not run. */
  readonly place: () => ControlPlace | null;
}

const deadlineMs = 2000;
/** Removing faults is verified by a probe, which takes up to 5 s. */
const restoreWithinMs = 7000;

export function createHttpControl({ name, protocol, place }: HttpControlOptions): DependencyControl {
  const ask = async <Answer>(
    route: string,
    { body, withinMs = deadlineMs }: { body?: object; withinMs?: number } = {},
  ): Promise<Answer> => {
    const at = place();
    if (at === null) throw new PenumbraError('STARTING', `the proxy of ${name} is not running`);
    const [method = 'GET', path = ''] = route.split(' ');
    const response = await fetch(`${at.url}${path}`, {
      method,
      headers: {
        ...(at.token === null ? {} : { authorization: `Bearer ${at.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(withinMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((thrown: unknown) => {
      throw new PenumbraError('STARTING', `the proxy of ${name} does not answer at ${at.url}: ${causeOf(thrown)}`);
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok && answer !== null) return answer as Answer;
    throw new PenumbraError('REQUEST_INVALID', `the proxy of ${name} says: ${refusalIn(answer) ?? response.status}`);
  };
  return {
    name,
    protocol,
    incarnation: () => place()?.incarnation ?? null,
    switchOn: (faults, { leaseMs }) => ask('PUT /v1/faults', { body: { faults, lease: `${leaseMs}ms` } }),
    renew: () => ask('POST /v1/lease'),
    restore: () => ask('DELETE /v1/faults', { withinMs: restoreWithinMs }),
    state: () => ask('GET /v1/state'),
    callsSince: (seq) => ask(`GET /v1/calls?since=${seq}`),
  };
}

/** fetch hides why it failed. */
function causeOf(thrown: unknown): string {
  const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
  return cause instanceof Error ? cause.message : String(cause);
}

function refusalIn(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return null;
  const { error } = answer as { error?: { message?: unknown } };
  return typeof error?.message === 'string' ? error.message : null;
}
