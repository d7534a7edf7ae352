// `api`, `alerts`, `store` and `samples`: where penumbra listens, whom it tells, where and how much it keeps.
// Listening beyond this machine without a token is refused here, before a socket is opened.
import { resolve } from 'node:path';
import { readTokens } from './api-tokens.ts';
import type { ApiConfig, SamplesConfig, SinkConfig } from './effective.ts';
import { readKafkaSink } from './kafka.ts';
import { apiSchema, samplesSchema, storeSchema } from './schema.ts';
import { readHeaders, readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, listed, listOf, nameOf, readShape, type Spot } from './shape.ts';
import { sinkSchema } from './sink-schema.ts';

export function readApi(spot: Spot, setting: SecretSetting): ApiConfig | null {
  const before = spot.problems.count();
  const shape = readShape(apiSchema, { ...spot, value: spot.value ?? {} });
  const token = childOf(spot, 'token');
  const tokenFrom = token.value === undefined ? null : readSecretFrom(token, setting);
  const tokensFrom = readTokens(childOf(spot, 'tokens'), setting);
  if (tokenFrom !== null && tokensFrom !== null) {
    spot.problems.atKey([...spot.path, 'tokens'], 'api requires either token, which may do everything, or tokens');
  }
  if (!shape || spot.problems.count() > before) return null;
  if (tokenFrom === null && tokensFrom === null && !isLoopback(shape.listen)) {
    spot.problems.at(
      [...spot.path, 'listen'],
      `api.listen ${shape.listen} is reachable from other machines and requires a token: \${file:/path} or \${env:NAME}; 127.0.0.1 needs none`,
    );
    return null;
  }
  const { listen, publicUrl = null } = shape;
  return { listen, tokenFrom, ...(tokensFrom === null ? {} : { tokensFrom }), publicUrl };
}

export function readAlerts(spot: Spot, setting: SecretSetting): readonly SinkConfig[] {
  return listOf(spot, 'sinks such as {webhook: http://…}').flatMap((entry) => readSink(entry, setting) ?? []);
}

const sinkKinds = ['alertmanager', 'webhook', 'slack', 'kafka'] as const;

/** An entry names one sink. */
function readSink(spot: Spot, setting: SecretSetting): SinkConfig | null {
  const { problems, path } = spot;
  const shape = readShape(sinkSchema, spot);
  const headers = readHeaders(childOf(spot, 'headers'), setting);
  if (shape === null) return null;
  const [kind, ...more] = sinkKinds.filter((one) => shape[one] !== undefined);
  if (kind === undefined || more.length > 0) {
    problems.at(path, `${nameOf(path)} requires exactly one of ${listed(sinkKinds)}`);
    return null;
  }
  if (kind === 'alertmanager' || kind === 'webhook') return { sink: kind, url: shape[kind] ?? '', headers };
  if (shape.headers !== undefined) {
    const why = kind === 'slack' ? 'its address is its secret' : 'it is no HTTP';
    problems.atKey([...path, 'headers'], `headers has no meaning for ${kind}: ${why}`);
  }
  if (kind === 'kafka') {
    const kafka = readKafkaSink(childOf(spot, 'kafka'), setting);
    return kafka && { sink: 'kafka', kafka };
  }
  const from = readSecretFrom(childOf(spot, 'slack'), setting);
  return from && { sink: 'slack', from };
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
