// Secrets never stand in a config: it holds references, `${env:NAME}` and `${file:/path}`, which become values only where
// they are sent. Nothing that is printed, hashed or stored ever holds the value.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { PenumbraError } from '../errors.ts';
import type { Headers } from '../model.ts';
import type { SecretFrom } from './effective.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const reference = /\$\{(env|file):([^}]+)\}/g;
const onlyReference = /^\$\{(env|file):([^}]+)\}$/;

/** A text that is one reference and nothing else; null for any other. */
export function parseReference(text: string): SecretFrom | null {
  const [, from, target = ''] = onlyReference.exec(text) ?? [];
  if (from === undefined) return null;
  return from === 'env' ? { from: 'env', name: target } : { from: 'file', path: target };
}

export function holdsReference(text: string): boolean {
  return text.match(reference) !== null;
}

/** File references made absolute, so that they mean the same wherever the process was started. */
export function placeReferences(text: string, { directory }: { directory: string }): string {
  return text.replace(reference, (whole, from: string, target: string) =>
    from === 'file' ? `\${file:${resolve(directory, target)}}` : whole,
  );
}

/** Text with every reference replaced by its value. @throws PenumbraError CONFIG_INVALID when one leads nowhere. */
export function resolveReferences(text: string, { env }: { env: Environment }): string {
  return text.replace(reference, (whole) => {
    const from = parseReference(whole);
    return from === null ? whole : readSecret(from, { env });
  });
}

/** The headers with their secrets, at the moment they are sent. */
export function resolveHeaders(headers: Headers, { env }: { env: Environment }): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, resolveReferences(value, { env })]));
}

/** The secret itself, without surrounding white space. @throws PenumbraError CONFIG_INVALID when it is missing or empty. */
export function readSecret(from: SecretFrom, { env }: { env: Environment }): string {
  const secret = secretOf(from, env);
  if (secret) return secret;
  const where = from.from === 'env' ? `the environment variable ${from.name}` : `the file ${from.path}`;
  throw new PenumbraError('CONFIG_INVALID', `${where} is referred to by the config but is missing or empty`);
}

/** References of a text that would not resolve now. */
export function missingReferences(text: string, { env }: { env: Environment }): readonly string[] {
  return [...text.matchAll(reference)]
    .map(([whole]) => whole)
    .filter((whole) => {
      const from = parseReference(whole);
      return from !== null && !secretOf(from, env);
    });
}

function secretOf(from: SecretFrom, env: Environment): string | undefined {
  if (from.from === 'env') return env[from.name]?.trim();
  try {
    return readFileSync(from.path, 'utf8').trim();
  } catch {
    return undefined;
  }
}
