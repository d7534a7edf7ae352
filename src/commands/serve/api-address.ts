// Where a process of `serve` answers, and to whom: api.listen unless --listen says otherwise, with the config's own tokens.
import type { FastifyInstance } from 'fastify';
import { type ScopedToken, scopes } from '../../api/access.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import { readSecret } from '../../config/secrets.ts';
import { PenumbraError } from '../../errors.ts';
import { type ListenAddress, listenOn, parseListenAddress } from '../../io/listen-address.ts';

/** Null: nobody may do everything by one token. @throws PenumbraError CONFIG_INVALID when the secret is not there */
export function wholeTokenOf({ api }: EffectiveConfig): string | null {
  return api.tokenFrom === null ? null : readSecret(api.tokenFrom, { env: process.env });
}

export function tokensOf({ api: { tokensFrom = {} } }: EffectiveConfig): readonly ScopedToken[] {
  return scopes.flatMap((scope) => {
    const from = tokensFrom[scope];
    return from === undefined ? [] : [{ scope, token: readSecret(from, { env: process.env }) }];
  });
}

/** One that may do everything included. */
export function allTokensOf(config: EffectiveConfig): readonly ScopedToken[] {
  const whole = wholeTokenOf(config);
  return [...(whole === null ? [] : [{ scope: 'approve', token: whole } as const]), ...tokensOf(config)];
}

/** @throws PenumbraError USAGE when others could reach it and no token is asked for */
export function addressOf({ api }: EffectiveConfig, listen: ListenAddress | undefined): ListenAddress {
  if (listen === undefined) return parseListenAddress(api.listen);
  const isOpen = api.tokenFrom === null && api.tokensFrom === undefined;
  if (!isOpen || /^(localhost|::1|127\.\d+\.\d+\.\d+)$/.test(listen.host)) return listen;
  throw new PenumbraError(
    'USAGE',
    `--listen ${listen.host}:${listen.port} is reachable from other machines and requires api.token in the config; 127.0.0.1 needs none`,
  );
}

/** For one of several processes of a config. @throws PenumbraError ADDRESS_IN_USE, BIND_REFUSED */
export async function listenThere(
  app: FastifyInstance,
  address: ListenAddress,
): Promise<{ url: string; port: number }> {
  try {
    return await listenOn(app, address);
  } catch (thrown) {
    if (!(thrown instanceof PenumbraError) || thrown.code !== 'ADDRESS_IN_USE') throw thrown;
    const next = `${address.host}:${address.port + 1}`;
    throw new PenumbraError(
      'ADDRESS_IN_USE',
      `${thrown.message}. Two processes of one config on one machine need an address each: start this one with --listen ${next}, or with port 0 for any free one`,
    );
  }
}
