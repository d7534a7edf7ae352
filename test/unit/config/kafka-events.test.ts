// `source.kafka.events`: what a topic of loggers' events needs to be said, and that it is written back as it was read.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfig } from '../../../src/config/load.ts';

function check(source: string, protocol = 'protocol: open-inference-v2') {
  const file = join(mkdtempSync(join(tmpdir(), 'penumbra-events-')), 'penumbra.yaml');
  writeFileSync(
    file,
    `service: s
production: {url: "http://127.0.0.1:1", ${protocol}, slo: {latency: 1s}}
decisions: {d: {output: "p[:,1]", label: above 0.5}}
source: ${source}
watch: {d: {lowConfidence: {bar: 0.3, share: at most 10%}}}
`,
  );
  return checkConfig(file, { env: {} });
}

const topic = 'brokers: ["127.0.0.1:9092"], topic: log';

it('true is every default, and the join may be set', () => {
  const { config } = check(`{kafka: {${topic}, events: true}, join: {within: 5s}}`);
  expect(config?.source.kafka?.events).toEqual({
    ...{ service: null, endpoint: null, component: 'predictor' },
    ...{ path: '/v2/models/{model}/infer', isPairedByEvent: true },
  });
  expect(config?.source.join).toMatchObject({ withinMs: 5000 });
});

it('without events there is nothing to join', () => {
  const { config } = check(`{kafka: {${topic}}}`);
  expect(config?.source.kafka).not.toHaveProperty('events');
  expect(config?.source).not.toHaveProperty('join');
});

it('is written back as it was read', () => {
  const { config } = check(`{kafka: {${topic}, events: {service: a, endpoint: default, path: /x, pair: by join.id}}}`);
  expect(config).not.toBeNull();
  const text = effectiveText(config as NonNullable<typeof config>);
  expect(text).toContain('pair: by join.id');
  expect(text).toContain('service: a');
});

it('says what is wrong with it', () => {
  expect(check(`{kafka: {${topic}, events: {path: x}}}`).errors[0]?.message).toContain(
    'source.kafka.events.path requires a path without query',
  );
  expect(check(`{kafka: {${topic}, events: {listen: "127.0.0.1:1"}}}`).errors[0]?.message).toContain('listen');
});
