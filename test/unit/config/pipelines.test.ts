// `pipelines`: read, written back, and refused by line where it cannot be meant.
import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';

const check = (github: string) =>
  checkConfigText(
    `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: [{name: speed, at: "f[0]"}]
decisions: {late: {output: p, label: above 0.5}}
pipelines: {github: {${github}}}
experiments:
  release:
    arms: {candidate: {target: {url: "http://127.0.0.1:2"}}}
    expect: {candidate.late: {flip: at most 5%}}
    gate: {minPairs: 10}
`,
    { env: { S: 's', T: 't' }, directory: '/' },
  );
const secrets = `secret: "\${env:S}", token: "\${file:/t}"`;

describe('pipelines.github', () => {
  it('is read with its defaults, and written back as it means', () => {
    const { config } = check(`${secrets}, environments: {production: release}`);
    const github = {
      secretFrom: { from: 'env', name: 'S' },
      tokenFrom: { from: 'file', path: '/t' },
      api: 'https://api.github.com',
      experiment: null,
      environments: { production: 'release' },
      commit: 'checked',
      waitMs: 1_800_000,
    };
    expect(config?.pipelines).toEqual({ github });
    const again = checkConfigText(config === null ? '' : effectiveText(config), { env: {}, directory: '/' });
    expect(again.config?.pipelines).toEqual({ github });
  });

  it('a GitHub App stands in place of the token', () => {
    const app = `secret: "\${env:S}", experiment: release, app: {id: 12345, key: "\${file:/k.pem}", installation: 7}`;
    const { config } = check(app);
    const github = config?.pipelines?.github;
    const keyFrom = { from: 'file', path: '/k.pem' };
    expect(github).toMatchObject({ tokenFrom: null, app: { id: '12345', keyFrom, installation: 7 } });
    const again = checkConfigText(config === null ? '' : effectiveText(config), { env: {}, directory: '/' });
    expect(again.config?.pipelines?.github).toEqual(github);
  });

  it.each([
    [`${secrets}`, 'requires either experiment or environments'],
    [
      `${secrets}, experiment: release, environments: {production: release}`,
      'requires either experiment or environments',
    ],
    [`${secrets}, experiment: nosuch`, 'requires to be an experiment with a gate; known: release'],
    [`secret: "\${env:S}", experiment: release`, 'github requires either token or app'],
    [`${secrets}, app: {id: 1, key: "\${file:/k}"}, experiment: release`, 'github requires either token or app'],
    [`secret: "\${env:S}", app: {id: "", key: "\${file:/k}"}, experiment: release`, 'app id, got'],
    [`secret: "\${env:S}", app: {id: 1, key: PEM}, experiment: release`, 'a secret is never written into a config'],
    [`secret: plain, token: "\${file:/t}", experiment: release`, 'a secret is never written into a config'],
  ])('%s is refused', (github, message) => {
    const { config, errors } = check(github);
    expect(config).toBeNull();
    expect(errors).toMatchObject([{ line: 5, message: expect.stringContaining(message) }]);
  });
});
