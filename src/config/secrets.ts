// Secrets never stand in a config: it holds references, which become values only where they are sent.
// A literal secret is refused at load; a reference that leads nowhere is a warning for `validate` and an error for `serve`.
import { readFileSync } from 'node:fs';
import { PenumbraError } from '../errors.ts';
import type { Headers } from '../model.ts';
import type { SecretFrom } from './effective.ts';
import { entriesOf, nameOf, type Spot, show } from './shape.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$\{(env|file):([^}]+)\}/g;
const onlyReference = /^\$\{(env|file):([^}]+)\}$/;
const sensitive = /^(proxy-)?authorization$|cookie|token|secret|password|credential|api-?key|signature/;
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const referenceForms = `\${file:/path} or \${env:NAME}`;

/** The token's reference; anything else written there is refused without being quoted back. */
export function readSecretFrom(spot: Spot): SecretFrom | null {
  const parts = typeof spot.value === 'string' ? onlyReference.exec(spot.value) : null;
  if (!parts) {
    spot.problems.at(
      spot.path,
      `${nameOf(spot.path)} requires a reference, ${referenceForms}: a secret is never written into a config`,
    );
    return null;
  }
  const [, from, target = ''] = parts;
  return from === 'env' ? { from: 'env', name: target } : { from: 'file', path: target };
}

/** Header values by lower-case name; values of headers that carry secrets must be references. */
export function readHeaders(spot: Spot): Headers {
  if (spot.value === undefined) return {};
  const headers: [string, string][] = [];
  for (const [key, { value, path, problems }] of entriesOf(spot, 'a map of header names to text')) {
    const name = key.toLowerCase();
    if (!headerName.test(name)) problems.atKey(path, `${nameOf(path)} is not a header name`);
    else if (typeof value !== 'string') problems.at(path, `${nameOf(path)} requires text, got ${show(value)}`);
    else if (sensitive.test(name) && !mentionsSecret(value)) {
      problems.at(
        path,
        `${nameOf(path)} requires a reference such as "Bearer \${env:NAME}": a secret is never written into a config`,
      );
    } else headers.push([name, value]);
  }
  return Object.fromEntries(headers);
}

/** Text with every reference replaced by its value. @throws PenumbraError CONFIG_INVALID when one leads nowhere. */
export function resolveReferences(text: string, { env }: { env: Environment }): string {
  return text.replace(reference, (_, from: string, target: string) =>
    readSecret(from === 'env' ? { from: 'env', name: target } : { from: 'file', path: target }, { env }),
  );
}

/** The headers with their secrets, at the moment they are sent. */
export function resolveHeaders(headers: Headers, { env }: { env: Environment }): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, resolveReferences(value, { env })]));
}

/** The secret itself, without surrounding white space. @throws PenumbraError CONFIG_INVALID when it is missing or empty. */
export function readSecret(from: SecretFrom, { env }: { env: Environment }): string {
  const secret = (from.from === 'env' ? env[from.name] : fileText(from.path))?.trim();
  if (secret) return secret;
  const where = from.from === 'env' ? `the environment variable ${from.name}` : `the file ${from.path}`;
  throw new PenumbraError('CONFIG_INVALID', `${where} is referred to by the config but is missing or empty`);
}

/** References of a text that would not resolve now, for warnings. */
export function missingReferences(text: string, { env }: { env: Environment }): readonly string[] {
  return [...text.matchAll(reference)]
    .filter(([, from, target = '']) => !(from === 'env' ? env[target] : fileText(target))?.trim())
    .map(([whole]) => whole);
}

function mentionsSecret(value: string): boolean {
  return value.match(reference) !== null;
}

function fileText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
