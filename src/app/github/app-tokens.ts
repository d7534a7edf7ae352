// Tokens of a GitHub App: the App signs a short-lived statement with its private key, and GitHub gives a token of one installation for it,
// which is kept until shortly before it expires.
// https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app/generating-an-installation-access-token-for-a-github-app
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { PenumbraError } from '../../errors.ts';
import { askForToken, type InstallationToken } from '../../io/github.ts';
import type { Clock } from '../../io/ports.ts';

export interface AppTokensDeps {
  readonly api: string;
  /** The App's client id or app id. */
  readonly id: string;
  /** PEM; asked for each statement, so that a key that is changed is followed. Throws where it is not there. */
  readonly readKey: () => string;
  readonly clock: Pick<Clock, 'nowMs'>;
}

export interface AppTokens {
  /** Rejects when GitHub gives none; whoever asks again later may be luckier. */
  tokenFor(installation: number): Promise<string>;
  /** After GitHub has refused a token: the next one is new. */
  forget(installation: number): void;
}

/** GitHub allows ten minutes, and advises to begin a minute ago, for clocks that differ. */
const statementSeconds = { before: 60, after: 540 };
const renewBeforeMs = 5 * 60_000;

export function createAppTokens(deps: AppTokensDeps): AppTokens {
  const kept = new Map<number, InstallationToken>();
  const asked = new Map<number, Promise<InstallationToken>>();
  return {
    tokenFor: async (installation) => {
      const known = kept.get(installation);
      if (known !== undefined && deps.clock.nowMs() < known.expiresAt - renewBeforeMs) return known.token;
      // Deployments that are answered in one moment need one token.
      const asking = asked.get(installation) ?? exchange(deps, installation).finally(() => asked.delete(installation));
      asked.set(installation, asking);
      const fresh = await asking;
      kept.set(installation, fresh);
      return fresh.token;
    },
    forget: (installation) => void kept.delete(installation),
  };
}

function exchange({ api, id, readKey, clock }: AppTokensDeps, installation: number): Promise<InstallationToken> {
  const statement = signedStatement({ id, key: readPrivateKey(readKey()), nowMs: clock.nowMs() });
  return askForToken({ api, installation, statement });
}

/** A JSON Web Token (RFC 7519) by RS256. */
function signedStatement({ id, key, nowMs }: { id: string; key: KeyObject; nowMs: number }): string {
  const now = Math.floor(nowMs / 1000);
  const claims = { iat: now - statementSeconds.before, exp: now + statementSeconds.after, iss: id };
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const signed = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode(claims)}`;
  return `${signed}.${sign('RSA-SHA256', Buffer.from(signed), key).toString('base64url')}`;
}

/** @throws PenumbraError CONFIG_INVALID; the key itself is never told */
export function readPrivateKey(pem: string): KeyObject {
  const refuse = (): never => {
    throw new PenumbraError('CONFIG_INVALID', 'pipelines.github.app.key requires an RSA private key in PEM form');
  };
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : refuse();
  } catch {
    return refuse();
  }
}
