// `api.tokens`: a token for each scope, where not everybody who may look may also act.
import { Type } from 'typebox';
import type { ScopedSecrets, SecretFrom } from './effective.ts';
import { text } from './fields.ts';
import { readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, nameOf, readShape, type Spot } from './shape.ts';

export const tokensSchema = Type.Object(
  {
    read: Type.Optional(text('looks: runs, gate, metrics, the page')),
    operate: Type.Optional(text('also starts and stops runs, posts exchanges and outcomes, engages the kill switch')),
    approve: Type.Optional(text('also releases the kill switch, overrides the gate, tries a run again')),
  },
  { additionalProperties: false },
);

const scopes = ['read', 'operate', 'approve'] as const;

/** Null where there are none, or something was reported. */
export function readTokens(spot: Spot, setting: SecretSetting): ScopedSecrets | null {
  if (spot.value === undefined) return null;
  const shape = readShape(tokensSchema, spot);
  if (shape === null) return null;
  const named = scopes.filter((scope) => shape[scope] !== undefined);
  if (named.length === 0) {
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires at least one of read, operate and approve`);
    return null;
  }
  const read = named.map((scope) => [scope, readSecretFrom(childOf(spot, scope), setting)] as const);
  const references = read.map(([, from]) => JSON.stringify(from));
  if (new Set(references).size < references.length) {
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires another token for each scope`);
  }
  if (shape.approve === undefined) {
    const why =
      'nobody may release the kill switch, override the gate or try a run again: there is no token for approve';
    spot.problems.warn(spot.path, why);
  }
  return Object.fromEntries(read.flatMap(([scope, from]) => (from === null ? [] : [[scope, from]])));
}

/** In the config's own words. */
export function tokensText(tokens: ScopedSecrets, secretText: (from: SecretFrom) => string): object {
  return Object.fromEntries(Object.entries(tokens).map(([scope, from]) => [scope, secretText(from)]));
}
