// `pipelines.github.app`: the GitHub App that answers, by its id and private key.
import { Type } from 'typebox';
import type { GithubApp, SecretFrom } from './effective.ts';
import { text, whole } from './fields.ts';
import { readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, nameOf, readShape, type Spot, show } from './shape.ts';

export const githubAppSchema = Type.Object(
  {
    id: Type.Unknown({ description: 'the App’s client id, or its app id' }),
    key: text(`a reference to its private key (PEM): \${file:/path} or \${env:NAME}`),
    installation: Type.Optional(
      whole('id of its installation; by default the one that each webhook names', { minimum: 1 }),
    ),
  },
  { additionalProperties: false },
);

/** Null when something was reported. */
export function readGithubApp(spot: Spot, setting: SecretSetting): GithubApp | null {
  const shape = readShape(githubAppSchema, spot);
  if (shape === null) return null;
  const keyFrom = readSecretFrom(childOf(spot, 'key'), setting);
  const id = typeof shape.id === 'number' || typeof shape.id === 'string' ? String(shape.id) : '';
  if (!/^[\w.-]{1,100}$/.test(id)) {
    const { path } = childOf(spot, 'id');
    spot.problems.at(path, `${nameOf(path)} requires the App’s client id or app id, got ${show(shape.id)}`);
    return null;
  }
  return keyFrom && { id, keyFrom, installation: shape.installation ?? null };
}

/** In the config's own words. */
export function githubAppText(app: GithubApp, secretText: (from: SecretFrom) => string): object {
  const { id, keyFrom, installation } = app;
  return { id, key: secretText(keyFrom), ...(installation === null ? {} : { installation }) };
}
