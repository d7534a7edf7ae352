// What a version answers when nothing is wrong: the ground on which its faults are judged. Written as a recording, so that the same
// comparator which serve and replay run can be fed from it.
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { VersionResult } from '../../chaos/suite-result.ts';
import type { ChaosVersion } from '../../config/chaos-config.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import { stringifyJson } from '../../io/json.ts';
import type { Target, TargetReply } from '../../io/ports.ts';
import type { Asked } from './read-traffic.ts';

export interface VersionRecording extends Omit<VersionResult, 'name' | 'noise'> {
  readonly file: string;
}

export interface RecordOptions {
  readonly target: Target;
  readonly asked: readonly Asked[];
  readonly directory: string;
  readonly deadlineMs: number;
  readonly inFlight: number;
}

const readyWithinMs = 30_000;

/** Asks the version everything once. @throws PenumbraError RUN_CANNOT_START when it cannot be asked, or answers nothing */
export async function recordVersion(version: ChaosVersion, options: RecordOptions): Promise<VersionRecording> {
  const { target, asked, directory, inFlight } = options;
  const { version: modelVersion } = await readyOf(version, target);
  const file = join(directory, `${version.name}.jsonl`);
  const out = createWriteStream(file);
  let answered = 0;
  let reason: string | null = null;
  for (let from = 0; from < asked.length; from += inFlight) {
    const some = asked.slice(from, from + inFlight);
    const replies = await Promise.all(some.map((one) => ask(one, options)));
    for (const [index, reply] of replies.entries()) {
      const line = lineOf(some[index] as Asked, { reply, isInProcess: target.inProcess });
      if (line === null) reason ??= reply.reason ?? 'it marks its answers as degraded';
      else out.write(`${line}\n`);
      if (line !== null) answered += 1;
    }
  }
  out.end();
  await finished(out);
  if (answered === 0) throw cannotBeAsked(version, `no request was answered (${reason})`);
  return { file, modelVersion, answered, failed: asked.length - answered };
}

async function readyOf(version: ChaosVersion, target: Target): Promise<{ readonly version: string | null }> {
  try {
    return await target.ready(AbortSignal.timeout(readyWithinMs));
  } catch (thrown) {
    throw cannotBeAsked(version, messageOf(thrown));
  }
}

function cannotBeAsked({ name, target }: ChaosVersion, why: string): PenumbraError {
  const where = target.type === 'onnx' ? target.file : target.url;
  return new PenumbraError('RUN_CANNOT_START', `version "${name}" at ${where} cannot be asked: ${why}`);
}

function ask({ request, message }: Asked, { target, deadlineMs }: RecordOptions): Promise<TargetReply> {
  const signal = new AbortController().signal;
  return target.call({ request, message, perturbed: false, headers: {}, deadlineMs, signal });
}

/** In process an answer takes no time worth counting, and two suites are to be alike. */
const inProcessMs = 1;

function lineOf(
  { id, arrivedAt, message }: Asked,
  { reply, isInProcess }: { readonly reply: TargetReply; readonly isInProcess: boolean },
): string | null {
  const { status, answer, latencyMs } = reply;
  if (status !== 'ok' || answer === null || answer.degraded) return null;
  const { 'content-length': _length, 'transfer-encoding': _framing, ...headers } = message.headers;
  const { modelName, modelVersion, outputs } = answer;
  return stringifyJson({
    id,
    arrivedAt,
    latencyMs: isInProcess ? inProcessMs : latencyMs,
    request: { method: message.method, path: message.path, headers, body: Buffer.from(message.body).toString() },
    answer: {
      status: 200,
      body: {
        ...(modelName === null ? {} : { model_name: modelName }),
        ...(modelVersion === null ? {} : { model_version: modelVersion }),
        outputs,
      },
    },
  });
}
