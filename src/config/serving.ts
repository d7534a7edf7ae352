// `api`, `alerts` and `store`: where penumbra listens, whom it tells and where it keeps evidence.
// Listening beyond this machine without a token is refused here, before a socket is opened.
import { resolve } from 'node:path';
import type { ApiConfig, SecretFrom, WebhookConfig } from './effective.ts';
import { apiSchema, storeSchema, webhookSchema } from './schema.ts';
import { type Environment, missingReferences, readHeaders, readSecretFrom } from './secrets.ts';
import { childOf, listOf, readShape, type Spot } from './shape.ts';

export interface ServingOptions {
  readonly env: Environment;
  readonly directory: string;
}

export function readApi(spot: Spot, { env, directory }: ServingOptions): ApiConfig | null {
  const before = spot.problems.count();
  const shape = readShape(apiSchema, { ...spot, value: spot.value ?? {} });
  const token = childOf(spot, 'token');
  const tokenFrom = token.value === undefined ? null : placed(readSecretFrom(token), directory);
  if (!shape || spot.problems.count() > before) return null;
  if (tokenFrom === null && !isLoopback(shape.listen)) {
    spot.problems.at(
      [...spot.path, 'listen'],
      `api.listen ${shape.listen} is reachable from other machines and requires a token: \${file:/path} or \${env:NAME}; 127.0.0.1 needs none`,
    );
    return null;
  }
  if (tokenFrom) warnOfMissing(token, { texts: [referenceOf(tokenFrom)], env });
  return { listen: shape.listen, tokenFrom, publicUrl: shape.publicUrl ?? null };
}

export function readAlerts(spot: Spot, { env }: ServingOptions): readonly WebhookConfig[] {
  return listOf(spot, 'sinks such as {webhook: http://…}').flatMap((entry) => {
    const shape = readShape(webhookSchema, entry);
    const headers = readHeaders(childOf(entry, 'headers'));
    warnOfMissing(entry, { texts: Object.values(headers), env });
    return shape ? [{ webhook: shape.webhook, headers }] : [];
  });
}

export function readStore(spot: Spot, { directory }: ServingOptions): { readonly path: string } | null {
  const shape = readShape(storeSchema, { ...spot, value: spot.value ?? {} });
  return shape && { path: resolve(directory, shape.path) };
}

/** Whether only this machine can reach the address. */
export function isLoopback(listen: string): boolean {
  const host = listen.slice(0, listen.lastIndexOf(':'));
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function placed(from: SecretFrom | null, directory: string): SecretFrom | null {
  return from?.from === 'file' ? { from: 'file', path: resolve(directory, from.path) } : from;
}

function referenceOf(from: SecretFrom): string {
  return from.from === 'env' ? `\${env:${from.name}}` : `\${file:${from.path}}`;
}

function warnOfMissing({ path, problems }: Spot, { texts, env }: { texts: readonly string[]; env: Environment }): void {
  for (const missing of texts.flatMap((text) => missingReferences(text, { env }))) {
    problems.warn(path, `${missing} is missing or empty here: serve will refuse to start without it`);
  }
}
