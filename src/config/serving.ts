// `api`, `alerts`, `store` and `samples`: where penumbra listens, whom it tells, where and how much it keeps.
// Listening beyond this machine without a token is refused here, before a socket is opened.
import { resolve } from 'node:path';
import type { ApiConfig, SamplesConfig, WebhookConfig } from './effective.ts';
import { apiSchema, samplesSchema, storeSchema, webhookSchema } from './schema.ts';
import { readHeaders, readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, listOf, readShape, type Spot } from './shape.ts';

export function readApi(spot: Spot, setting: SecretSetting): ApiConfig | null {
  const before = spot.problems.count();
  const shape = readShape(apiSchema, { ...spot, value: spot.value ?? {} });
  const token = childOf(spot, 'token');
  const tokenFrom = token.value === undefined ? null : readSecretFrom(token, setting);
  if (!shape || spot.problems.count() > before) return null;
  if (tokenFrom === null && !isLoopback(shape.listen)) {
    spot.problems.at(
      [...spot.path, 'listen'],
      `api.listen ${shape.listen} is reachable from other machines and requires a token: \${file:/path} or \${env:NAME}; 127.0.0.1 needs none`,
    );
    return null;
  }
  return { listen: shape.listen, tokenFrom, publicUrl: shape.publicUrl ?? null };
}

export function readAlerts(spot: Spot, setting: SecretSetting): readonly WebhookConfig[] {
  return listOf(spot, 'sinks such as {webhook: http://…}').flatMap((entry) => {
    const shape = readShape(webhookSchema, entry);
    const headers = readHeaders(childOf(entry, 'headers'), setting);
    return shape ? [{ webhook: shape.webhook, headers }] : [];
  });
}

export function readStore(spot: Spot, { directory }: SecretSetting): { readonly path: string } | null {
  const shape = readShape(storeSchema, { ...spot, value: spot.value ?? {} });
  return shape && { path: resolve(directory, shape.path) };
}

export function readSamples(spot: Spot): SamplesConfig | null {
  const shape = readShape(samplesSchema, { ...spot, value: spot.value ?? {} });
  return shape && { maxPerRun: shape.maxPerRun, features: shape.features, keepForMs: shape.keepFor };
}

/** Whether only this machine can reach the address. */
function isLoopback(listen: string): boolean {
  const host = listen.slice(0, listen.lastIndexOf(':'));
  return host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
