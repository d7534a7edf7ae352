// The call that answers GitHub: with the token of the config, or with one that the App gets for itself.
import { messageOf } from '../../errors.ts';
import { githubHeaders } from '../../io/github.ts';
import type { Sink } from '../../io/ports.ts';
import { postJson } from '../../io/sinks/post.ts';
import type { HeldDeployment } from '../../io/store-port.ts';
import type { AppTokens } from './app-tokens.ts';

export type AnswerGithub = (
  deployment: Pick<HeldDeployment, 'callbackUrl' | 'installation'>,
  body: object,
) => ReturnType<Sink['deliver']>;

/** Tokens of a GitHub App live for an hour: whoever renews the file is followed. */
export function answerByToken(readToken: () => string): AnswerGithub {
  return ({ callbackUrl }, body) => postJson(callbackUrl, { headers: githubHeaders(readToken()), body });
}

export function answerByApp(tokens: AppTokens, installation: number | null): AnswerGithub {
  return async (deployment, body) => {
    const of = installation ?? deployment.installation ?? null;
    // The webhook said none, and will not say another one.
    if (of === null) return { delivered: false, retryable: false, detail: 'no installation of the App is known' };
    try {
      const headers = githubHeaders(await tokens.tokenFor(of));
      const told = await postJson(deployment.callbackUrl, { headers, body });
      if (told.detail !== 'HTTP 401') return told;
      // A token that was revoked before its time.
      tokens.forget(of);
      return { ...told, retryable: true };
    } catch (thrown) {
      return { delivered: false, retryable: true, detail: messageOf(thrown) };
    }
  };
}
