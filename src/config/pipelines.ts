// `pipelines`: release pipelines that ask by a webhook of their own and are answered by a call to them. GitHub is the one there is.
import { Type } from 'typebox';
import { formatDuration } from '../core/units.ts';
import type { GithubPipeline, Pipelines, SecretFrom } from './effective.ts';
import { duration, text, url } from './fields.ts';
import { githubAppText, readGithubApp } from './github-app.ts';
import { readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, entriesOf, listed, readShape, type Spot, show } from './shape.ts';

const closed = { additionalProperties: false };
const anything = (description: string) => Type.Unknown({ description });

export const pipelinesSchema = Type.Object(
  { github: Type.Optional(anything('answers GitHub’s deployment protection rule')) },
  closed,
);

export const githubSchema = Type.Object(
  {
    secret: text(`a reference to the webhook's secret: \${file:/path} or \${env:NAME}`),
    token: Type.Optional(
      text('a reference to the token that GitHub is answered with; a file is read again for each answer'),
    ),
    app: Type.Optional(anything('instead of it a GitHub App, which gets its own tokens: {id: 12345, key: …}')),
    api: Type.Optional(url('the API of GitHub; https://api.github.com by default')),
    experiment: Type.Optional(text('whose gate decides, for every environment')),
    environments: Type.Optional(anything('or whose gate decides, by environment: {production: release}')),
    commit: Type.Enum(['checked', 'unchecked'], {
      default: 'checked',
      description: 'checked: only a run whose --ref is the commit that is deployed; unchecked: the newest run',
    }),
    wait: duration('a deployment is rejected when the gate has not decided after this', { default: '30m' }),
  },
  closed,
);

export interface PipelineSetting extends SecretSetting {
  /** Null: something in them was reported, and whom they name is not judged again. */
  readonly experiments: readonly { readonly name: string; readonly gate: object | null }[] | null;
}

/** Null where there is none, or it was reported. */
export function readPipelines(spot: Spot, setting: PipelineSetting): Pipelines | null {
  if (spot.value === undefined || readShape(pipelinesSchema, spot) === null) return null;
  const github = childOf(spot, 'github');
  const read = github.value === undefined ? null : readGithub(github, setting);
  return read && { github: read };
}

function readGithub(spot: Spot, setting: PipelineSetting): GithubPipeline | null {
  const before = spot.problems.count();
  const shape = readShape(githubSchema, spot);
  const secretFrom = readSecretFrom(childOf(spot, 'secret'), setting);
  if ((shape?.token === undefined) === (shape?.app === undefined)) {
    spot.problems.at(spot.path, `github requires either token or app, such as {id: 12345, key: "\${file:/path}"}`);
    return null;
  }
  const tokenFrom = shape?.token === undefined ? null : readSecretFrom(childOf(spot, 'token'), setting);
  const app = shape?.app === undefined ? null : readGithubApp(childOf(spot, 'app'), setting);
  if (shape === null || secretFrom === null || (tokenFrom ?? app) === null) return null;
  const written = childOf(spot, 'environments');
  if ((shape.experiment === undefined) === (written.value === undefined)) {
    spot.problems.at(spot.path, 'github requires either experiment or environments, such as {production: release}');
    return null;
  }
  const named = written.value === undefined ? [] : entriesOf(written, 'a map of environments to experiments');
  for (const one of [...named.map(([, entry]) => entry), ...(shape.experiment ? [childOf(spot, 'experiment')] : [])]) {
    requireGate(one, setting);
  }
  if (spot.problems.count() > before) return null;
  return {
    secretFrom,
    tokenFrom,
    ...(app === null ? {} : { app }),
    api: shape.api ?? 'https://api.github.com',
    experiment: shape.experiment ?? null,
    environments: Object.fromEntries(named.map(([name, { value }]) => [name, String(value)])),
    commit: shape.commit,
    waitMs: shape.wait,
  };
}

function requireGate({ value, path, problems }: Spot, { experiments }: PipelineSetting): void {
  if (experiments === null) return;
  const gated = experiments.filter(({ gate }) => gate !== null).map(({ name }) => name);
  if (typeof value === 'string' && gated.includes(value)) return;
  const known = gated.length === 0 ? 'there is none' : listed(gated);
  problems.at(path, `${show(value)} requires to be an experiment with a gate; known: ${known}`);
}

/** In the config's own words. */
export function pipelinesText({ github }: Pipelines, secretText: (from: SecretFrom) => string): object {
  const { secretFrom, tokenFrom, app, api, experiment, environments, commit, waitMs } = github;
  return {
    github: {
      secret: secretText(secretFrom),
      ...(tokenFrom === null ? {} : { token: secretText(tokenFrom) }),
      ...(app === undefined ? {} : { app: githubAppText(app, secretText) }),
      api,
      ...(experiment === null ? { environments } : { experiment }),
      commit,
      wait: formatDuration(waitMs),
    },
  };
}
