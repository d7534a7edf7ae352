// How an arm's target is opened, in `serve` and in `replay` alike: an ONNX file in process, or a URL by the protocol of production.
import type { EffectiveConfig } from '../config/effective.ts';
import { type Environment, resolveHeaders } from '../config/secrets.ts';
import { PenumbraError } from '../errors.ts';
import { codecs } from '../io/codecs/index.ts';
import type { Codec, Target } from '../io/ports.ts';
import { createHttpTarget } from '../io/targets/http.ts';
import { createOnnxTarget } from '../io/targets/onnx.ts';
import type { TargetSpec } from '../model.ts';

/** The codec of the declared protocol. @throws PenumbraError CONFIG_INVALID */
export function codecOf({ production }: Pick<EffectiveConfig, 'production'>): Codec {
  const kind = codecs.find(({ name }) => name === production.protocol);
  if (kind === undefined) throw new PenumbraError('CONFIG_INVALID', `there is no protocol "${production.protocol}"`);
  return kind.create({});
}

/** The longest answer that the API takes of production. */
const leastAnswerBytes = 4 * 1024 * 1024;

export interface Opening {
  readonly config: EffectiveConfig;
  readonly codec: Codec;
  readonly env: Environment;
}

/** @throws PenumbraError CONFIG_INVALID for a URL that is none, or a secret that is not there */
export function openTarget(spec: TargetSpec, { config, codec, env }: Opening): Target {
  if (spec.type === 'onnx') {
    return createOnnxTarget({ file: spec.file, sha256: spec.sha256, decisions: config.decisions });
  }
  const { url, headers, version } = spec;
  const { degradedWhen } = config.production;
  // An arm's answer may be as long as production's: a limit of its own would call the same bytes invalid.
  const maxAnswerBytes = Math.max(leastAnswerBytes, config.source.tap?.maxBodyBytes ?? 0);
  return createHttpTarget({
    url,
    headers: resolveHeaders(headers, { env }),
    version,
    codec,
    degradedWhen,
    maxAnswerBytes,
  });
}
