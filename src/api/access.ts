// Which token may do what. Three scopes, each with all of the one before it: read looks, operate also starts, stops and feeds runs and
// engages the kill switch, approve also takes back what was done for safety. Tokens are compared in constant time.
import { createHash, timingSafeEqual } from 'node:crypto';
import { PenumbraError } from '../errors.ts';

export const scopes = ['read', 'operate', 'approve'] as const;
export type Scope = (typeof scopes)[number];

export interface ScopedToken {
  readonly scope: Scope;
  readonly token: string;
}

export interface Access {
  /** False: there are no tokens, and whoever reaches the API may do everything. */
  readonly isAsked: boolean;
  /** The widest scope of this token; null: nobody's. */
  scopeOf(token: string): Scope | null;
}

/** @throws PenumbraError CONFIG_INVALID when one token stands for two scopes */
export function createAccess(tokens: readonly ScopedToken[]): Access {
  if (new Set(tokens.map(({ token }) => token)).size < tokens.length) {
    throw new PenumbraError('CONFIG_INVALID', 'api.tokens requires another token for each scope');
  }
  const known = tokens.map(({ scope, token }) => ({ scope, digest: digestOf(token) }));
  return {
    isAsked: known.length > 0,
    scopeOf: (token) => {
      const digest = digestOf(token);
      // All are compared, so that the time says nothing about which one it was.
      const [found] = known.filter((one) => timingSafeEqual(one.digest, digest));
      return found?.scope ?? null;
    },
  };
}

/** @throws PenumbraError UNAUTHORIZED (nobody's token), SCOPE_REQUIRED (too narrow a one) */
export function requireScope(found: Scope | null, { needed, where }: { needed: Scope; where: string }): Scope {
  if (found === null) throw new PenumbraError('UNAUTHORIZED', `${where} requires a valid bearer token`);
  if (scopes.indexOf(found) >= scopes.indexOf(needed)) return found;
  throw new PenumbraError('SCOPE_REQUIRED', `this requires a token with the scope ${needed}; this one has ${found}`);
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
