// A webhook of GitHub, checked before anything in it is believed: signed with our secret, of the event that we answer, and with a
// callback that lies where the config says GitHub is.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { GithubDelivery } from '../../api/comparator.ts';
import { PenumbraError } from '../../errors.ts';
import { parseJson } from '../../io/json.ts';

export interface Asked {
  readonly environment: string;
  readonly commit: string | null;
  readonly callbackUrl: string;
  /** Of the App that is asked; null: the webhook names none. */
  readonly installation: number | null;
}

/** https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries. @throws PenumbraError UNAUTHORIZED */
export function requireSigned({ signature, body }: GithubDelivery, secret: string): void {
  const due = `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
  const digest = (text: string) => createHash('sha256').update(text).digest();
  if (timingSafeEqual(digest(signature), digest(due))) return;
  throw new PenumbraError('UNAUTHORIZED', 'x-hub-signature-256 requires the signature of this body with our secret');
}

/** Null for an action that asks nothing. @throws PenumbraError REQUEST_INVALID */
export function readAsked({ body }: GithubDelivery, api: string): Asked | null {
  const payload = recordOf(read(body));
  if (payload.action !== undefined && payload.action !== 'requested') return null;
  const { environment, deployment_callback_url: callbackUrl } = payload;
  if (typeof environment !== 'string' || environment === '' || environment.length > 255) {
    throw new PenumbraError('REQUEST_INVALID', 'environment requires the name of an environment');
  }
  const { sha } = recordOf(payload.deployment);
  const commit = typeof sha === 'string' && /^[0-9a-f]{7,64}$/.test(sha) ? sha : null;
  const { id } = recordOf(payload.installation);
  const installation = typeof id === 'number' && Number.isSafeInteger(id) && id > 0 ? id : null;
  return { environment, commit, callbackUrl: callbackUnder(api, callbackUrl), installation };
}

/** Our token goes there, so that nobody else's address will do. */
function callbackUnder(api: string, given: unknown): string {
  const callback = typeof given === 'string' && URL.canParse(given) ? new URL(given) : null;
  const base = new URL(api);
  const under = base.pathname.replace(/\/+$/, '');
  const path = callback?.pathname ?? '';
  const isRule = /^\/repos\/[\w.-]+\/[\w.-]+\/actions\/runs\/\d+\/deployment_protection_rule$/;
  const isPlain =
    callback !== null && `${callback.username}${callback.password}${callback.search}${callback.hash}` === '';
  if (isPlain && callback.origin === base.origin && path.startsWith(under) && isRule.test(path.slice(under.length))) {
    return callback.href;
  }
  throw new PenumbraError(
    'REQUEST_INVALID',
    `deployment_callback_url requires a deployment protection rule under ${api} (pipelines.github.api)`,
  );
}

function read(body: Uint8Array): unknown {
  try {
    return parseJson(body);
  } catch {
    throw new PenumbraError('REQUEST_INVALID', 'the body requires JSON (the webhook’s content type: application/json)');
  }
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
