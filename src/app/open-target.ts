// How an arm's target is opened, in `serve` and in `replay` alike: an ONNX file in process, a URL by the protocol of production,
// or a command that penumbra starts.
import type { EffectiveConfig } from '../config/effective.ts';
import { type Environment, resolveHeaders, resolveReferences } from '../config/secrets.ts';
import { PenumbraError } from '../errors.ts';
import { codecs } from '../io/codecs/index.ts';
import type { Codec, Log, Target } from '../io/ports.ts';
import { type CommandTarget, type CommandTargetDeps, createCommandTarget } from '../io/targets/command.ts';
import { createHttpTarget } from '../io/targets/http.ts';
import { createOnnxTarget } from '../io/targets/onnx.ts';
import type { TargetSpec } from '../model.ts';

/** The codec of the declared protocol. @throws PenumbraError CONFIG_INVALID */
export function codecOf(config: Pick<EffectiveConfig, 'production' | 'inputs' | 'decisions'>): Codec {
  const { production, inputs, decisions } = config;
  const kind = codecs.find(({ name }) => name === production.protocol);
  if (kind === undefined) throw new PenumbraError('CONFIG_INVALID', `there is no protocol "${production.protocol}"`);
  if (production.json === undefined) return kind.create({});
  const outputs = [...new Set(decisions.map(({ output }) => output))];
  // Several declared inputs may be columns of one list.
  const places = new Map(inputs.map(({ tensor, type }) => [tensor, type]));
  const asked = [...places].map(([at, type]) => ({ at, type }));
  return kind.create({ ...production.json, inputs: asked, outputs });
}

/** The longest answer that the API takes of production. */
const leastAnswerBytes = 4 * 1024 * 1024;

export interface Opening {
  readonly config: EffectiveConfig;
  readonly codec: Codec;
  readonly env: Environment;
  /** Hears what pods that are started say; nobody unless given. */
  readonly log?: Log;
}

const quiet = (): void => {};
const silentLog: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** @throws PenumbraError CONFIG_INVALID for a URL that is none, or a secret that is not there */
export function openTarget(spec: TargetSpec, { config, codec, env, log = silentLog }: Opening): Target {
  if (spec.type === 'onnx') {
    return createOnnxTarget({ file: spec.file, sha256: spec.sha256, decisions: config.decisions });
  }
  const { degradedWhen } = config.production;
  // An arm's answer may be as long as production's: a limit of its own would call the same bytes invalid.
  const maxAnswerBytes = Math.max(leastAnswerBytes, config.source.tap?.maxBodyBytes ?? 0);
  const asked = { codec, degradedWhen, maxAnswerBytes };
  if (spec.type === 'command') {
    const own = Object.entries(spec.env).map(([name, text]) => [name, resolveReferences(text, { env })]);
    const openHttp: CommandTargetDeps['openHttp'] = (at) => createHttpTarget({ ...at, ...asked });
    return createCommandTarget({ ...spec, env: Object.fromEntries(own), openHttp, log, processEnv: env });
  }
  const { url, headers, version, forward = [] } = spec;
  return createHttpTarget({ url, headers: resolveHeaders(headers, { env }), forward: [...forward], version, ...asked });
}

/**
 * As `openTarget`; a pod that is started has a while to become ready, and one that ends meanwhile was never opened.
 * @throws what `openTarget` throws, and RUN_CANNOT_START
 */
export async function openStarted(spec: TargetSpec, opening: Opening): Promise<Target> {
  const target = openTarget(spec, opening);
  if (spec.type !== 'command') return target;
  try {
    await (target as CommandTarget).started();
    return target;
  } catch (thrown) {
    await target.close();
    throw thrown;
  }
}
