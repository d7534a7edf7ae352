// Whether a shadow can answer yet, and which version it says it is. Asked before warm-up, over the arm's own pool.
import type { Pool } from 'undici';
import { PenumbraError } from '../../errors.ts';
import type { Headers } from '../../model.ts';
import { callOnce, type HttpEnding } from '../http-call.ts';
import { parseJson } from '../json.ts';

export interface ReadyProbe {
  readonly pool: Pool;
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
  const { readyPath = null } = probe;
  const health = await ask(probe, { path: readyPath ?? '/v2/health/ready', signal });
  if (health.failure) throw new PenumbraError('OVERLOADED', `the target is not ready: ${health.failure.reason}`);
  if (!isGood(health.status) && (readyPath !== null || health.status !== 404)) {
    throw new PenumbraError('OVERLOADED', `the target is not ready: its health path answers ${health.status}`);
  }
  if (probe.version !== null) return { version: probe.version };
  const modelPath = probe.path === null ? null : /^(.*\/v2\/models\/[^?]+)\/infer(?:\?|$)/.exec(probe.path)?.[1];
  // Without a model in the URL the version is read from the answers.
  if (!modelPath) return { version: null };
  return { version: versionIn(await ask(probe, { path: modelPath, signal })) };
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

function versionIn(ending: HttpEnding): string | null {
  if (ending.failure || !isGood(ending.status)) return null;
  try {
    const metadata = parseJson(ending.body);
    const versions =
      typeof metadata === 'object' && metadata !== null && 'versions' in metadata ? metadata.versions : null;
    const [first] = Array.isArray(versions) ? (versions as unknown[]) : [];
    return typeof first === 'string' ? first : null;
  } catch {
    return null;
  }
}

function isGood(status: number): boolean {
  return status >= 200 && status <= 299;
}
