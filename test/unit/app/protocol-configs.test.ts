// The messages that the example configs of each protocol show in their comments are read by these very configs: the feature is found and
// perturbed, and the decision read.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codecOf } from '../../../src/app/open-target.ts';
import { checkConfig } from '../../../src/config/load.ts';
import { predictAll } from '../../../src/core/decide/index.ts';
import { createPerturber } from '../../../src/core/perturb/apply.ts';

/** `POST /path {…}` and `answers {…}` out of the comments. */
function shownIn(file: string): { method: string; path: string; request: string; answer: string } {
  const text = readFileSync(file, 'utf8');
  const [, method = '', path = '', request = ''] = /^#\s+(POST) (\S+)\s+(\{.*\})$/m.exec(text) ?? [];
  const [, answer = ''] = /^#\s+answers\s+(\{.*\})$/m.exec(text) ?? [];
  return { method, path, request, answer };
}

describe.each([
  ['json-api', { label: 'true', confidence: 0.83 }],
  ['tensorflow-serving', { label: '1', confidence: 0.7 }],
  ['seldon-v1', { label: 'true', confidence: 0.83 }],
  ['mlflow', { value: 17.5 }],
])('config/%s.yaml', (name, prediction) => {
  const file = `config/${name}.yaml`;
  const { config } = checkConfig(file, { env: {} });
  if (config === null) throw new Error(`${file} does not load`);
  const codec = codecOf(config);
  const { request: asked, answer, ...line } = shownIn(file);
  const message = { ...line, headers: {}, body: Buffer.from(asked) };

  it('reads the call and zeroes its feature, and nothing else', () => {
    const [arm] = config.experiments.flatMap(({ arms }) =>
      arms.filter(({ perturbations }) => perturbations.length > 0),
    );
    const uses = (arm?.perturbations ?? []).map((use) => ({ ...use, options: { ...use.options, share: 1 } }));
    const perturber = createPerturber({ arm: 'a', perturbations: uses, inputs: config.inputs, seed: '1' });
    expect(codec.isInference(message)).toBe(true);
    const request = codec.decodeRequest(message);
    expect(codec.rowsOf(request)).toBe(1);
    const { request: changed, acted } = perturber.apply(request, { requestId: 'r', arrivedAt: 0 });
    expect(acted).toBe(true);
    const sent = Buffer.from(codec.encodeRequest(changed, message).body).toString();
    expect(JSON.parse(sent)).toEqual(JSON.parse(asked.replace(/\b12\b/, '0')));
  });

  it('reads the decision', () => {
    const read = predictAll(
      config.decisions,
      codec.decodeAnswer({ status: 200, headers: {}, body: Buffer.from(answer) }),
    );
    expect(Object.values('predictions' in read ? read.predictions : {})).toMatchObject([prediction]);
  });
});
