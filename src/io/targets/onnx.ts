// A shadow arm inside this process: an ONNX file asked directly. Its latency is not comparable with a networked arm's.
// The version has the form that a pod serving the same file answers with.
import { setMaxListeners } from 'node:events';
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { PenumbraError } from '../../errors.ts';
import type { Decision, ModelRequest } from '../../model.ts';
import { aborted, type FailedCall, pastDeadline } from '../http-failures.ts';
import type { Target, TargetCall, TargetReply } from '../ports.ts';
import { loadServedModel, type ServedModel } from '../served-model.ts';

const options = Type.Object(
  {
    file: Type.String({ description: 'The ONNX file; a card beside it (same stem, .json) gives name and version' }),
    sha256: Type.Optional(
      Type.String({ pattern: '^[0-9a-f]{64}$', description: 'Refuse the file when its digest is another' }),
    ),
  },
  { additionalProperties: false },
);

export interface OnnxTargetOptions {
  readonly file: string;
  readonly sha256?: string | undefined;
  /** Only the outputs these read are computed; all by default. */
  readonly decisions?: readonly Decision[] | undefined;
}

export const onnxTarget: Kind<typeof options, (deps: { decisions?: readonly Decision[] }) => Target> = {
  name: 'onnx',
  summary: 'An ONNX file run inside penumbra, without a network',
  options,
  create: (given) => (deps) => createOnnxTarget({ ...given, ...deps }),
};

export function createOnnxTarget(given: OnnxTargetOptions): Target {
  const outputs = [...new Set(given.decisions?.map((decision) => decision.output))].map((name) => ({ name }));
  let loading: Promise<ServedModel> | null = null;

  function load(): Promise<ServedModel> {
    loading ??= loadChecked(given).catch((thrown: unknown) => {
      // The next probe tries again: the file may still be on its way.
      loading = null;
      throw thrown;
    });
    return loading;
  }

  async function call({ request, deadlineMs, signal }: TargetCall): Promise<TargetReply> {
    const startedAt = performance.now();
    const wanted = outputs.length > 0 ? { ...request, outputs } : withoutOutputs(request);
    const ending = await withinDeadline(answerOf(load, wanted), { deadlineMs, signal });
    const latencyMs = performance.now() - startedAt;
    if ('reason' in ending) return { ...ending, latencyMs, answer: null };
    return { status: 'ok', reason: null, latencyMs, answer: ending };
  }

  return {
    name: 'onnx',
    inProcess: true,
    ready: async () => ({ version: (await load()).version }),
    call,
    close: async () => {
      const loaded = await loading?.catch(() => null);
      await loaded?.model.close();
    },
  };
}

async function loadChecked({ file, sha256 }: OnnxTargetOptions): Promise<ServedModel> {
  const served = await loadServedModel(file);
  if (sha256 === undefined || served.model.sha256 === sha256) return served;
  await served.model.close();
  throw new PenumbraError(
    'MODEL_INVALID',
    `${file} requires the digest ${sha256}, it has ${served.model.sha256}`,
    file,
  );
}

type Ending = FailedCall | NonNullable<TargetReply['answer']>;

async function answerOf(load: () => Promise<ServedModel>, request: ModelRequest): Promise<Ending> {
  let served: ServedModel;
  try {
    served = await load();
  } catch {
    return { status: 'unavailable', reason: 'model_not_loaded' };
  }
  try {
    const outputs = await served.model.run(request);
    return { modelName: served.name, modelVersion: served.version, degraded: false, outputs };
  } catch (thrown) {
    const isInput = thrown instanceof PenumbraError && thrown.code === 'MODEL_INPUT_INVALID';
    return { status: 'error', reason: isInput ? 'model_input_invalid' : 'model_failed' };
  }
}

/** The runtime cannot be interrupted: a late answer is thrown away. */
function withinDeadline(
  answer: Promise<Ending>,
  { deadlineMs, signal }: { deadlineMs: number; signal: AbortSignal },
): Promise<Ending> {
  if (signal.aborted) return Promise.resolve(aborted);
  if (deadlineMs <= 0) return Promise.resolve(pastDeadline);
  // Many calls wait on the one signal of a run; that is no leak.
  setMaxListeners(0, signal);
  return new Promise((resolve) => {
    const end = (ending: Ending): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(ending);
    };
    const onAbort = (): void => end(aborted);
    const timer = setTimeout(() => end(pastDeadline), deadlineMs);
    signal.addEventListener('abort', onAbort, { once: true });
    void answer.then(end);
  });
}

function withoutOutputs(request: ModelRequest): ModelRequest {
  const { outputs: _outputs, ...kept } = request;
  return kept;
}
