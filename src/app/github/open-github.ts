// GitHub's deployment protection rule with its secrets, as the config says it.
import type { Comparator, GithubRule } from '../../api/comparator.ts';
import type { EffectiveConfig, GithubPipeline } from '../../config/effective.ts';
import { type Environment, readSecret } from '../../config/secrets.ts';
import { PenumbraError } from '../../errors.ts';
import type { Clock, Log } from '../../io/ports.ts';
import type { Store } from '../../io/store-port.ts';
import { type AnswerGithub, answerByApp, answerByToken } from './answer-github.ts';
import { createAppTokens, readPrivateKey } from './app-tokens.ts';
import { createDeployments } from './deployments.ts';

export interface OpenGithub {
  readonly config: EffectiveConfig;
  readonly env: Environment;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  readonly gate: Comparator['gate'];
}

/** @throws CONFIG_INVALID (a secret that is not there) */
export function openGithub({ config, env, ...parts }: OpenGithub): GithubRule | null {
  const settings = config.pipelines?.github;
  if (settings === undefined) return null;
  const secret = readSecret(settings.secretFrom, { env });
  return createDeployments({ ...parts, settings, secret, answer: answerBy(settings, { env, clock: parts.clock }) });
}

/** What is missing is said now, not when the first deployment waits. */
function answerBy(
  { api, tokenFrom, app }: GithubPipeline,
  { env, clock }: Pick<OpenGithub, 'env' | 'clock'>,
): AnswerGithub {
  if (app !== undefined) {
    const readKey = () => readSecret(app.keyFrom, { env });
    readPrivateKey(readKey());
    return answerByApp(createAppTokens({ api, id: app.id, readKey, clock }), app.installation);
  }
  if (tokenFrom === null) throw new PenumbraError('CONFIG_INVALID', 'pipelines.github requires token or app');
  const readToken = () => readSecret(tokenFrom, { env });
  readToken();
  return answerByToken(readToken);
}
