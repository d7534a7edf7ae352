// Whether a shadow can answer yet, and which version it says it is. Asked before warm-up, over the arm's own pool.
import type { Pool } from 'undici';
import { PenumbraError } from '../../errors.ts';
import type { Headers } from '../../model.ts';
import { callOnce, type HttpEnding } from '../http-call.ts';
import { parseJson } from '../json.ts';
import { healthOf, isReadyAnswer, type Metadata, versionIn } from './protocol-health.ts';

export interface ReadyProbe {
  readonly pool: Pool;
  /** A codec's name: every protocol has paths of its own. */
  readonly protocol: string;
  /** The path of the target's URL; null when it has none of its own. */
  readonly path: string | null;
  /** Asked instead of the protocol's health path, and then only 2xx counts. */
  readonly readyPath?: string | null;
  readonly headers: Headers;
  /** Declared in the config; asked for otherwise. */
  readonly version: string | null;
}

const probeDeadlineMs = 2000;
const maxProbeBytes = 256 * 1024;

/** A 404 from the health path counts as ready: something answers, it only has no such path.
 * @throws PenumbraError OVERLOADED while the shadow cannot answer */
export async function probeReady(probe: ReadyProbe, signal: AbortSignal): Promise<{ version: string | null }> {
  const { readyPath = null, protocol, path } = probe;
  const { health, metadata, isReadyBelow } = healthOf(protocol, path);
  const asked = await ask(probe, { path: readyPath ?? health, signal });
  if (asked.failure) throw new PenumbraError('OVERLOADED', `the target is not ready: ${asked.failure.reason}`);
  const isReady = isGood(asked.status) || (readyPath === null && (asked.status === 404 || asked.status < isReadyBelow));
  if (!isReady)
    throw new PenumbraError('OVERLOADED', `the target is not ready: its health path answers ${asked.status}`);
  if (readyPath === null && !isReadyAnswer(protocol, documentOf(asked)))
    throw new PenumbraError('OVERLOADED', 'the target is not ready: its model is not available yet');
  if (probe.version !== null) return { version: probe.version };
  // Without a model in the URL the version is read from the answers.
  if (metadata === null) return { version: null };
  const told = metadata === health ? asked : await ask(probe, { path: metadata, signal });
  return { version: versionIn(protocol, { path, document: documentOf(told) }) };
}

function ask(
  { pool, headers }: ReadyProbe,
  { path, signal }: { path: string; signal: AbortSignal },
): Promise<HttpEnding> {
  return callOnce(pool, {
    method: 'GET',
    path,
    headers,
    body: null,
    deadlineMs: probeDeadlineMs,
    maxAnswerBytes: maxProbeBytes,
    signal,
  });
}

function documentOf(ending: HttpEnding): Metadata {
  if (ending.failure || !isGood(ending.status)) return {};
  try {
    const document = parseJson(ending.body);
    return typeof document === 'object' && document !== null ? (document as Metadata) : {};
  } catch {
    return {};
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status <= 299;
}
