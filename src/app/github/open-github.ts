// GitHub's deployment protection rule with its secrets, as the config says it.
import type { Comparator, GithubRule } from '../../api/comparator.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { type Environment, readSecret } from '../../config/secrets.ts';
import type { Clock, Log } from '../../io/ports.ts';
import { postJson } from '../../io/sinks/post.ts';
import type { Store } from '../../io/store-port.ts';
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
  readSecret(settings.tokenFrom, { env });
  return createDeployments({
    ...parts,
    settings,
    secret,
    // Tokens of a GitHub App live for an hour: whoever renews the file is followed.
    post: (url, body) =>
      postJson(url, {
        headers: {
          accept: 'application/vnd.github+json',
          'x-github-api-version': '2022-11-28',
          'user-agent': 'penumbra',
          authorization: `Bearer ${readSecret(settings.tokenFrom, { env })}`,
        },
        body,
      }),
  });
}
