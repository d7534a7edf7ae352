// The gate as other tools ask it, played by their documented behaviour: Argo Rollouts' web metric and Flagger's webhooks.
import { readFileSync } from 'node:fs';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { Comparator, StartRun } from '../../../src/api/comparator.ts';
import { createApi } from '../../../src/api/server.ts';
import { gateExitCodes } from '../../../src/core/judge/gate.ts';
import { PenumbraError } from '../../../src/errors.ts';
import type { GateVerdict } from '../../../src/model.ts';

const verdicts = Object.keys(gateExitCodes) as GateVerdict[];

function comparatorSaying(verdict: GateVerdict): { comparator: Comparator; started: StartRun[] } {
  const started: StartRun[] = [];
  const runs: { id: string; experiment: string; endedAt: null; candidate: { ref: string | null } }[] = [];
  const comparator = {
    nowMs: () => 0,
    gate: ({ run, experiment }: { run: string | null; experiment: string | null }) => {
      if ((run ?? experiment) !== 'release') throw new PenumbraError('RUN_NOT_FOUND', 'there is no run "x"');
      return { verdict, run: 'r1', reasons: ['flip rate 17.9 % is over the limit of 1 %'] };
    },
    runs: () => runs,
    startRun: async (start: StartRun) => {
      started.push(start);
      const run = {
        id: `r${runs.length + 1}`,
        experiment: start.experiment,
        endedAt: null,
        candidate: { ref: start.ref ?? null },
      };
      runs.push(run);
      return run;
    },
  };
  return { comparator: comparator as unknown as Comparator, started };
}

async function ask(
  comparator: Comparator,
  url: string,
  { body, token = null }: { body?: object; token?: string | null } = {},
) {
  const api = await createApi({ comparator, token, version: '0', log: pino({ level: 'silent' }) });
  const method = body === undefined ? 'GET' : 'POST';
  const headers = { host: 'localhost:9090', ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  const answer = await api.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  await api.close();
  return { status: answer.statusCode, body: answer.json(), text: answer.body };
}

describe('Argo Rollouts, web metric', () => {
  const [metric] = parse(readFileSync('config/pipelines/argo-analysis-template.yaml', 'utf8')).spec.metrics;
  const meets = (condition: string, verdict: string) => /^result\.verdict == "(\w+)"$/.exec(condition)?.[1] === verdict;
  /** As Argo does it with the conditions of the ready AnalysisTemplate: neither met is inconclusive. */
  const conclude = ({ data }: { data: { verdict: string } }) => {
    expect(metric.provider.web.jsonPath).toBe('{$.data}');
    if (meets(metric.failureCondition, data.verdict)) return 'Failed';
    return meets(metric.successCondition, data.verdict) ? 'Successful' : 'Inconclusive';
  };

  it.each(verdicts)('%s is answered with 200, and only PASS succeeds', async (verdict) => {
    const { status, body } = await ask(comparatorSaying(verdict).comparator, '/v1/gate/argo?experiment=release');
    const expected = verdict === 'PASS' ? 'Successful' : verdict === 'FAIL' ? 'Failed' : 'Inconclusive';
    expect([status, conclude(body), body.data.gate]).toEqual([200, expected, verdict]);
    expect(body.data.reasons).toEqual(['flip rate 17.9 % is over the limit of 1 %']);
  });

  it('an unknown run holds, and never counts as an error of the provider', async () => {
    const { status, body } = await ask(comparatorSaying('PASS').comparator, '/v1/gate/argo?run=nosuch');
    expect([status, conclude(body), body.data.reasons]).toEqual([200, 'Inconclusive', ['there is no run "x"']]);
  });
});

describe('Flagger, webhooks', () => {
  const hook = (metadata: object) => ({
    name: 'flight-delay',
    namespace: 'models',
    phase: 'Progressing',
    checksum: '85d557f47b',
    metadata,
  });
  const isYes = (status: number) => status <= 202;
  const { webhooks } = parse(readFileSync('config/pipelines/flagger-canary.yaml', 'utf8')).spec.analysis;
  const pathOf = (type: string) => {
    const found = webhooks.find((one: { type: string }) => one.type === type);
    return new URL(found.url).pathname;
  };
  const metadata = { experiment: 'release' };

  it('the ready Canary asks the path that fits each type of webhook', () => {
    expect(['pre-rollout', 'confirm-promotion', 'rollback'].map(pathOf)).toEqual([
      '/v1/gate/flagger/start',
      '/v1/gate/flagger',
      '/v1/gate/flagger/rollback',
    ]);
  });

  it.each(verdicts)('%s: promotes only on PASS, rolls back only on FAIL', async (verdict) => {
    const { comparator } = comparatorSaying(verdict);
    const promote = await ask(comparator, '/v1/gate/flagger', { body: hook(metadata) });
    const rollback = await ask(comparator, '/v1/gate/flagger/rollback', { body: hook(metadata) });
    expect([isYes(promote.status), isYes(rollback.status)]).toEqual([verdict === 'PASS', verdict === 'FAIL']);
    expect(promote.text.split('\n')).toHaveLength(1);
    expect(promote.text).toContain(`${verdict}: flip rate`);
  });

  it('nothing that cannot be answered is a yes, in either direction', async () => {
    const { comparator } = comparatorSaying('PASS');
    const odd = [hook({}), hook({ run: 'x' }), hook({ run: 'release', experiment: 'release' }), {}, { name: 1 }];
    for (const body of odd) {
      for (const path of ['/v1/gate/flagger', '/v1/gate/flagger/rollback']) {
        expect(isYes((await ask(comparator, path, { body })).status), JSON.stringify(body)).toBe(false);
      }
    }
  });

  it('the token comes in the metadata, since Flagger can send no header', async () => {
    const { comparator } = comparatorSaying('PASS');
    const answerTo = async (given: object) =>
      (await ask(comparator, '/v1/gate/flagger', { body: hook({ ...metadata, ...given }), token: 'secret' })).status;
    expect([await answerTo({}), await answerTo({ token: 'secre' }), await answerTo({ token: 'secret' })]).toEqual([
      401, 401, 200,
    ]);
  });

  it('pre-rollout starts one run for a revision, however often it is asked', async () => {
    const { comparator, started } = comparatorSaying('NO_DATA');
    const start = () => ask(comparator, '/v1/gate/flagger/start', { body: hook(metadata) });
    expect([(await start()).body.message, (await start()).body.message]).toEqual(['run r1 started', 'run r1 goes on']);
    expect(started).toEqual([{ experiment: 'release', ref: '85d557f47b' }]);
  });
});
