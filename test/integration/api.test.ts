// The comparator's HTTP API from outside: every route, every refusal in one form, nothing lost beside a malformed exchange,
// and nothing that random requests could break.
import { connect } from 'node:net';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as documented from '../../src/api/answers.ts';
import { errorSchema } from '../../src/api/error-body.ts';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import {
  arm,
  type Client,
  type Comparator,
  configOf,
  exchangeOf,
  postExchanges,
  quick,
  startServe,
} from '../support/serve-process.ts';
import { answering, answerOf, type ShadowServer, startShadow } from '../support/shadow-server.ts';

let shadow: ShadowServer;
let twin: ShadowServer;
let comparator: Comparator;
let client: Client;
let runId: string;

beforeAll(async () => {
  shadow = await startShadow();
  // Every score above 0.9 flips.
  twin = await startShadow(answering({ change: (score) => (score > 0.9 ? 0.1 : score) }));
  comparator = await startServe(
    configOf({
      decisions: `{output: "probabilities[:,1]", label: above 0.5}\n  second: {output: "probabilities[:,0]", label: above 0.5}`,
      more: `inputs: [{name: x, at: x}]`,
      experiments: `
  steady:
    arms: {control: ${arm(shadow.url)}, candidate: ${arm(twin.url)}}
    expect: {control.d: {flip: at most 20%}, candidate.d: {flip: at most 20%, worse: at most 20%}}
    maxTime: 10m
${quick}
  other:
    arms: {control: ${arm(shadow.url)}, candidate: ${arm(twin.url)}}
    expect: {candidate.d: {flip: at most 20%}}
    gate: {minPairs: 10}
    start: on request
`,
    }),
  );
  client = comparator.client;
  const { body } = await client.call('GET', '/v1/experiments');
  runId = body.experiments[0].activeRun as string;
  await client.until(runId, (run) => run.state === 'RUNNING');
});

afterAll(async () => {
  endProcesses();
  await Promise.all([shadow.close(), twin.close()]);
});

async function received(): Promise<number> {
  return (await client.run(runId)).arms[0]?.conservation.received ?? -1;
}

/** A refusal in the one form, with its code. */
function expectRefusal({ status, body }: { status: number; body: unknown }, expected: [number, string]): void {
  expect([status, (body as { error: { code: string } })?.error?.code]).toEqual(expected);
  expect(Value.Check(errorSchema, body)).toBe(true);
}

describe('reading', () => {
  beforeAll(() => postExchanges(client, 1, { make: () => exchangeOf({ score: 0.95 }) }));

  it.each([
    ['/v1/health', documented.healthAnswer],
    ['/v1/experiments', documented.experimentsAnswer],
    ['/v1/runs', documented.runsAnswer],
    ['/v1/runs/RUN', documented.runAnswer],
    ['/v1/runs/RUN/verdicts', documented.verdictsAnswer],
    ['/v1/runs/RUN/samples', documented.samplesAnswer],
    ['/v1/runs/RUN/effect-sizes', documented.effectSizesAnswer],
    ['/v1/runs/RUN/samples?arm=candidate', documented.samplesAnswer],
    ['/v1/gate?run=RUN&nonce=n', documented.gateAnswer],
    ['/v1/gate?experiment=steady', documented.gateAnswer],
  ])('GET %s answers as documented and is never cached', async (path, schema) => {
    const answer = await client.call('GET', path.replace('RUN', runId));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect([...Value.Errors(schema, answer.body)]).toEqual([]);
  });

  it('the samples show the divergent pair by its declared feature', async () => {
    // Again, should this machine be too slow for an answer in time.
    const sampleOf = async () => {
      const [id] = await postExchanges(client, 1, { make: () => exchangeOf({ score: 0.97 }) });
      const { samples } = (await client.call('GET', `/v1/runs/${runId}/samples?arm=candidate`)).body;
      return samples.find((one: { exchangeId: string }) => one.exchangeId === id);
    };
    await expect
      .poll(sampleOf)
      .toMatchObject({ arm: 'candidate', what: 'd: true became false', features: { x: [0.97] } });
  });

  it('metrics are Prometheus text with the conservation of every arm', async () => {
    const answer = await client.call('GET', '/metrics');
    expect(answer.headers['content-type']).toMatch(/^text\/plain/);
    expect(answer.text).toMatch(/^penumbra_\w+\{experiment="steady",arm="control"[^}]*\} \d+$/m);
    for (const line of answer.text.split('\n').filter((text) => text !== '')) {
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+\{.*service="test"\} (-?[\d.e+-]+|NaN|[+-]Inf))$/);
    }
  });

  it('the OpenAPI document is 3.1 and lists every route with its schemas', async () => {
    const { body, status } = await client.call('GET', '/openapi.json');
    expect(status).toBe(200);
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths).sort()).toEqual(
      [
        '/metrics',
        '/v1/access',
        '/v1/chaos',
        '/v1/chaos/{id}',
        '/v1/chaos/{id}/stop',
        '/v1/drills',
        '/v1/drills/{id}',
        '/v1/drills/{id}/arrival',
        '/v1/events',
        '/v1/exchanges',
        '/v1/experiments',
        '/v1/gate',
        '/v1/gate/argo',
        '/v1/gate/flagger',
        '/v1/gate/flagger/rollback',
        '/v1/gate/flagger/start',
        '/v1/gate/github',
        '/v1/gate/override',
        '/v1/health',
        '/v1/kill',
        '/v1/kill/release',
        '/v1/outcomes',
        '/v1/ready',
        '/v1/runs',
        '/v1/runs/{id}',
        '/v1/runs/{id}/effect-sizes',
        '/v1/runs/{id}/retry',
        '/v1/runs/{id}/samples',
        '/v1/runs/{id}/stop',
        '/v1/runs/{id}/verdicts',
        '/v1/watches',
      ].sort(),
    );
    for (const [path, methods] of Object.entries<Record<string, Record<string, unknown>>>(body.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        expect(operation.summary, `${method} ${path}`).toEqual(expect.any(String));
        const answers = operation.responses as Record<string, { content: Record<string, { schema: object }> }>;
        const good = Object.keys(answers).filter((status) => status.startsWith('2'));
        expect(good, `${method} ${path}`).toHaveLength(1);
        for (const answer of Object.values(answers)) {
          const [content] = Object.values(answer.content);
          expect(Object.keys(content?.schema ?? {}), `${method} ${path}`).not.toHaveLength(0);
        }
        expect(answers.default, `${method} ${path}`).toBeDefined();
        if (method === 'post') expect(operation.requestBody, path).toBeDefined();
        const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
        const parameters = (operation.parameters ?? []) as { name: string; in: string }[];
        expect(parameters.filter((one) => one.in === 'path').map((one) => one.name)).toEqual(named);
      }
    }
    // No reference may lead nowhere.
    expect(JSON.stringify(body)).not.toContain('$ref');
  });
});

describe('refusals have one form', () => {
  const unknownMember = { ...exchangeOf(), arrivedat: 1 };
  it.each<[string, string, string, unknown, [number, string]]>([
    ['a misspelt member', 'POST', '/v1/exchanges', unknownMember, [400, 'REQUEST_INVALID']],
    ['a missing member', 'POST', '/v1/exchanges', { latencyMs: 1 }, [400, 'REQUEST_INVALID']],
    ['a wrong type', 'POST', '/v1/exchanges', { ...exchangeOf(), latencyMs: '5' }, [400, 'REQUEST_INVALID']],
    ['a negative latency', 'POST', '/v1/exchanges', { ...exchangeOf(), latencyMs: -1 }, [400, 'REQUEST_INVALID']],
    ['no JSON', 'POST', '/v1/exchanges', '{"id": ', [400, 'JSON_INVALID']],
    ['no body', 'POST', '/v1/exchanges', '', [400, 'JSON_INVALID']],
    ['bytes that are no UTF-8', 'POST', '/v1/exchanges', new Uint8Array([34, 255, 34]), [400, 'JSON_INVALID']],
    ['too deep JSON', 'POST', '/v1/exchanges', '['.repeat(100_000), [400, 'JSON_INVALID']],
    ['a list where an object belongs', 'POST', '/v1/exchanges', [], [400, 'REQUEST_INVALID']],
    ['an unknown query member', 'POST', '/v1/exchanges?wait=1', exchangeOf(), [400, 'REQUEST_INVALID']],
    ['an unknown ack', 'POST', '/v1/exchanges?ack=maybe', exchangeOf(), [400, 'REQUEST_INVALID']],
    ['an unknown run', 'GET', '/v1/runs/nosuch', undefined, [404, 'RUN_NOT_FOUND']],
    ['an unknown run’s verdicts', 'GET', '/v1/runs/nosuch/verdicts', undefined, [404, 'RUN_NOT_FOUND']],
    ['an unknown run’s samples', 'GET', '/v1/runs/nosuch/samples', undefined, [404, 'RUN_NOT_FOUND']],
    ['an unknown run’s gate', 'GET', '/v1/gate?run=nosuch', undefined, [404, 'RUN_NOT_FOUND']],
    ['an experiment without runs', 'GET', '/v1/gate?experiment=other', undefined, [404, 'RUN_NOT_FOUND']],
    ['a gate about nothing', 'GET', '/v1/gate', undefined, [400, 'USAGE']],
    ['a gate about two things', 'GET', '/v1/gate?run=a&experiment=b', undefined, [400, 'USAGE']],
    ['stopping an unknown run', 'POST', '/v1/runs/nosuch/stop', { reason: 'x' }, [404, 'RUN_NOT_FOUND']],
    ['stopping without a reason', 'POST', '/v1/runs/nosuch/stop', {}, [400, 'REQUEST_INVALID']],
    ['an unknown experiment', 'POST', '/v1/runs', { experiment: 'nosuch' }, [404, 'EXPERIMENT_NOT_FOUND']],
    ['a second run', 'POST', '/v1/runs', { experiment: 'steady' }, [409, 'RUN_CANNOT_START']],
    [
      'a candidate nobody allowed',
      'POST',
      '/v1/runs',
      { experiment: 'other', candidate: 'http://evil.test' },
      [403, 'CANDIDATE_NOT_ALLOWED'],
    ],
    ['a digest that is none', 'POST', '/v1/runs', { experiment: 'other', digest: 'md5:1' }, [400, 'REQUEST_INVALID']],
    ['an unknown outcome', 'POST', '/v1/outcomes', { id: 'q', decision: 'd', value: true }, [404, 'OUTCOME_UNMATCHED']],
    ['an ambiguous decision', 'POST', '/v1/outcomes', { id: 'q', value: true }, [400, 'OUTCOME_INVALID']],
    ['an unknown decision', 'POST', '/v1/outcomes', { id: 'q', decision: 'e', value: 1 }, [400, 'OUTCOME_INVALID']],
    ['an outcome without a value', 'POST', '/v1/outcomes', { id: 'q', decision: 'd' }, [400, 'REQUEST_INVALID']],
    ['an unknown path', 'GET', '/v2/runs', undefined, [404, 'NOT_FOUND']],
    ['an unknown method', 'DELETE', '/v1/runs', undefined, [404, 'NOT_FOUND']],
    ['a path that cannot be read', 'GET', '/v1/runs/%zz', undefined, [400, 'REQUEST_INVALID']],
  ])('%s', async (_name, method, path, body, expected) => {
    expectRefusal(await client.call(method, path, body), expected);
  });

  it('names the member that is unknown', async () => {
    const { body } = await client.call('POST', '/v1/exchanges', unknownMember);
    expect(body.error).toMatchObject({ message: 'body has the unknown member "arrivedat"', where: 'body/arrivedat' });
  });

  it.each([
    ['text/plain', [415, 'MEDIA_TYPE_UNSUPPORTED']],
    ['application/x-www-form-urlencoded', [415, 'MEDIA_TYPE_UNSUPPORTED']],
  ] as const)('a body of %s', async (type, [status, code]) => {
    const answer = await client.call('POST', '/v1/outcomes', '{}', { 'content-type': type });
    expectRefusal(answer, [status, code]);
  });

  it.each([
    ['another name for this machine', { host: 'evil.test' }],
    ['a page of another origin', { origin: 'http://evil.test' }],
  ])('%s', async (_name, headers) => {
    expectRefusal(await client.call('GET', '/v1/runs', undefined, headers), [403, 'HOST_NOT_ALLOWED']);
  });

  const head = (lines: string) => `POST /v1/exchanges HTTP/1.1\r\nhost: localhost\r\n${lines}\r\n\r\n`;
  it.each<[string, string, [number, string]]>([
    ['bytes that are no HTTP', 'hello\r\n\r\n', [400, 'REQUEST_INVALID']],
    ['two lengths', head('content-length: 1\r\ncontent-length: 2'), [400, 'REQUEST_INVALID']],
    ['a length and chunks', head('content-length: 1\r\ntransfer-encoding: chunked'), [400, 'REQUEST_INVALID']],
    ['endless headers', head(`x: ${'y'.repeat(20_000)}`), [431, 'REQUEST_INVALID']],
    [
      'too long a body, before it is sent',
      head(`content-type: application/json\r\ncontent-length: ${10 << 20}`),
      [413, 'BODY_TOO_LARGE'],
    ],
  ])('%s', async (_name, bytes, expected) => {
    const socket = connect(Number(new URL(client.url).port), '127.0.0.1');
    let said = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (/\}\}$/.test(said)) socket.end();
    });
    socket.write(bytes);
    await new Promise((resume) => socket.once('close', resume));
    const status = Number(/^HTTP\/1\.1 (\d+) /.exec(said)?.[1]);
    expectRefusal({ status, body: JSON.parse(said.split('\r\n\r\n')[1] ?? '') }, expected);
  });
});

describe('exchanges', () => {
  const undecodable = (change: (made: ReturnType<typeof exchangeOf>) => object) => () => change(exchangeOf());
  it.each<[string, () => object, [number, string]]>([
    ['the future', undecodable((one) => ({ ...one, arrivedAt: Date.now() + 60_000 })), [400, 'EXCHANGE_TIME_INVALID']],
    ['no time at all', undecodable((one) => ({ ...one, arrivedAt: 'soon' })), [400, 'EXCHANGE_TIME_INVALID']],
    [
      'another path',
      undecodable((one) => ({ ...one, request: { path: '/v2/health/ready' } })),
      [400, 'EXCHANGE_INVALID'],
    ],
    ['our own copy', undecodable((one) => ({ ...one, id: 'shadow-1' })), [400, 'EXCHANGE_INVALID']],
    [
      'a request that is no message',
      undecodable((one) => ({ ...one, request: { ...one.request, body: 'x=1' } })),
      [422, 'REQUEST_UNDECODABLE'],
    ],
    [
      'an answer that is no message',
      undecodable((one) => ({ ...one, answer: { status: 200, body: '<html>' } })),
      [422, 'ANSWER_UNDECODABLE'],
    ],
    [
      'an answer without the decision',
      undecodable((one) => ({ ...one, answer: { status: 200, body: { outputs: [] } } })),
      [422, 'ANSWER_UNDECODABLE'],
    ],
    [
      'a body under an encoding',
      undecodable((one) => ({ ...one, request: { ...one.request, headers: { 'Content-Encoding': 'gzip' } } })),
      [422, 'REQUEST_UNDECODABLE'],
    ],
  ])('%s is refused with a code, and the next good one is taken', async (_name, make, expected) => {
    expectRefusal(await client.call('POST', '/v1/exchanges', make()), expected);
    const { body } = await client.call('POST', '/v1/exchanges', exchangeOf());
    expect(body.runs).toEqual({ [runId]: 'admitted' });
  });

  it('says what became of each: admitted, duplicate, batch, failed in production', async () => {
    const good = exchangeOf();
    expect((await client.call('POST', '/v1/exchanges', good)).body).toEqual({
      id: good.id,
      runs: { [runId]: 'admitted' },
    });
    const again = { ...exchangeOf(), id: good.id };
    expect((await client.call('POST', '/v1/exchanges', again)).body.runs).toEqual({ [runId]: 'skipped: duplicate' });
    const batch = exchangeOf();
    const two = { inputs: [{ name: 'x', shape: [2, 1], datatype: 'FP64', data: [0.1, 0.2] }] };
    const ofBatch = { ...batch, request: { ...batch.request, body: two } };
    expect((await client.call('POST', '/v1/exchanges', ofBatch)).body.runs).toEqual({ [runId]: 'skipped: batch' });
    const failed = { ...exchangeOf(), answer: { status: 503 } };
    expect((await client.call('POST', '/v1/exchanges', failed)).body.runs).toEqual({
      [runId]: 'skipped: production_failed',
    });
    const late = { ...exchangeOf(), arrivedAt: new Date(Date.now() - 60_000).toISOString() };
    expect((await client.call('POST', '/v1/exchanges', late)).body.runs).toEqual({ [runId]: 'dropped: late' });
  });

  it('ack=committed answers once the bucket is closed and counted', async () => {
    const quiet = await client.until(runId, (run) => run.conservation.inFlight === 0);
    const before = quiet.arms[0]?.conservation.compared ?? 0;
    const answer = await client.call('POST', '/v1/exchanges?ack=committed', exchangeOf());
    const run = await client.run(runId);
    expect(answer.status).toBe(202);
    expect(run.arms[0]?.conservation.compared).toBe(before + 1);
    expect(run.arms[0]?.conservation.inFlight).toBe(0);
  });

  it('keeps integers beyond 2^53 and the NaN token on their way to a shadow', async () => {
    const exchange = exchangeOf();
    const text = JSON.stringify(exchange).replace(
      '"inputs":[',
      '"inputs":[{"name":"big","shape":[1,2],"datatype":"INT64","data":[9007199254740993,-9223372036854775808]},{"name":"gap","shape":[1,2],"datatype":"FP64","data":[NaN,-Infinity]},',
    );
    expect((await client.call('POST', '/v1/exchanges?ack=committed', text)).status).toBe(202);
    const seen = shadow.seen.find(({ id }) => id === `shadow-${exchange.id}`);
    expect(seen?.body).toContain('[9007199254740993,-9223372036854775808]');
    expect(seen?.body).toContain('[NaN,-Infinity]');
  });

  it('an id of any characters reaches every shadow', async () => {
    const names = ['größe ✈', 'a\nb', '"quoted"', 'x'.repeat(256), '../..', 'a b', '\u0000'];
    await client.until(runId, (run) => run.conservation.inFlight === 0);
    const before = [shadow.seen.length, twin.seen.length];
    const ids = await postExchanges(client, names.length, { make: () => exchangeOf({ id: names.shift() as string }) });
    expect(ids).toHaveLength(7);
    expect([shadow.seen.length, twin.seen.length]).toEqual(before.map((count) => count + 7));
  });

  it.each([
    ['a header with a line break', { headers: { accept: 'a\r\nx-evil: 1' } }],
    ['a header beyond latin-1', { headers: { accept: '✈' } }],
    ['a header without a name', { headers: { '': 'a' } }],
    ['a path with a space', { path: '/v2/models/m x/infer' }],
    ['a method that is none', { method: 'post it' }],
  ])('%s could not have been asked over HTTP: refused, and no shadow sees it', async (_name, change) => {
    const exchange = exchangeOf();
    const request = { ...exchange.request, ...change };
    expectRefusal(await client.call('POST', '/v1/exchanges', { ...exchange, request }), [400, 'REQUEST_INVALID']);
    expect(shadow.seen.some(({ id }) => id.endsWith(exchange.id))).toBe(false);
  });
});

describe('outcomes', () => {
  it('one counts, the same again is a duplicate, another value a conflict', async () => {
    const [id] = await postExchanges(client, 1);
    const outcome = { id, decision: 'd', value: true };
    const answer = await client.call('POST', '/v1/outcomes', outcome);
    expect([answer.status, answer.body]).toEqual([202, { id, status: 'counted' }]);
    expect((await client.call('POST', '/v1/outcomes', outcome)).body).toEqual({ id, status: 'duplicate' });
    expectRefusal(await client.call('POST', '/v1/outcomes', { ...outcome, value: false }), [409, 'OUTCOME_CONFLICT']);
  });

  it('many are told one by one, and one that is wrong spoils none', async () => {
    const [first, second] = await postExchanges(client, 2);
    const { status, body } = await client.call('POST', '/v1/outcomes', [
      { id: first, decision: 'd', value: true },
      { id: 'nosuch', decision: 'd', value: true },
      { id: second, decision: 'd', value: 'late' },
      { id: second, decision: 'd', value: false },
    ]);
    expect(status).toBe(202);
    expect([...Value.Errors(documented.outcomesAnswer, body)]).toEqual([]);
    expect(
      body.results.map((one: { status?: string; error?: { code: string } }) => one.status ?? one.error?.code),
    ).toEqual(['counted', 'OUTCOME_UNMATCHED', 'OUTCOME_INVALID', 'counted']);
  });

  it('one that comes before its pair is counted waits for it', async () => {
    const worse = (run: RunView) => run.arms[1]?.hypotheses.find(({ metric }) => metric === 'worse')?.n ?? 0;
    const before = worse(await client.run(runId));
    // Again, should this machine be too slow for an answer in time, or for an outcome before its pair.
    const told: string[] = [];
    const isCounted = async () => {
      const exchange = exchangeOf({ score: 0.96 });
      await client.call('POST', '/v1/exchanges', exchange);
      const outcome = { id: exchange.id, decision: 'd', value: true };
      const { status } = (await client.call('POST', '/v1/outcomes', outcome)).body;
      const run = await client.until(runId, ({ conservation }) => conservation.inFlight === 0);
      told.push(status);
      return status === 'pending' && worse(run) > before;
    };
    await expect.poll(isCounted).toBe(true);
    expect(told.at(-1)).toBe('pending');
  });
});

describe('whatever is sent', () => {
  it('never breaks it: 500 random requests, no 5xx, and the next exchange is counted', async () => {
    const json = fc.jsonValue({ maxDepth: 4 });
    const mutated = fc
      .tuple(fc.constantFrom('id', 'arrivedAt', 'latencyMs', 'request', 'answer'), json)
      .map(([member, value]) => JSON.stringify({ ...exchangeOf(), [member]: value }));
    const tensor = fc.record({
      name: fc.constantFrom('x', '', '__proto__', 'probabilities'),
      shape: fc.array(fc.integer({ min: -1, max: 3 }), { maxLength: 3 }),
      datatype: fc.constantFrom('FP64', 'INT64', 'BYTES', 'BOOL', 'FP13'),
      data: fc.array(fc.oneof(json, fc.double()), { maxLength: 4 }),
    });
    const strangeTensors = fc
      .tuple(fc.array(tensor, { maxLength: 2 }), fc.array(tensor, { maxLength: 2 }))
      .map(([inputs, outputs]) => {
        const exchange = exchangeOf();
        const request = { ...exchange.request, body: { inputs } };
        return JSON.stringify({ ...exchange, request, answer: { status: 200, body: { outputs } } });
      });
    const body = fc.oneof(
      mutated,
      strangeTensors,
      json.map((value) => JSON.stringify(value)),
      fc.string({ unit: 'binary' }),
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom('{"__proto__":{"a":1}}', '{"constructor":{}}', '1e400', '-0', 'null', '[[[[]]]]', '"\\ud800"'),
    );
    const path = fc.oneof(
      fc.constantFrom('/v1/exchanges', '/v1/exchanges?ack=committed', '/v1/outcomes', '/v1/runs', '/v1/gate?run=x'),
      fc.constantFrom(
        '/v1/runs/x/stop',
        '/v1/runs/__proto__',
        '/v1/runs/x/samples?arm=',
        '/v1/gate?nonce=',
        '//',
        '/*',
      ),
      fc.webPath(),
      fc.webQueryParameters().map((query) => `/v1/gate?${query}`),
    );
    const method = fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS');
    const sent: Promise<{ status: number; about: string }>[] = [];
    fc.assert(
      fc.property(method, path, body, (verb, where, what) => {
        const given = verb === 'GET' || verb === 'HEAD' ? undefined : what;
        const about = `${verb} ${where} ${given}`;
        sent.push(client.call(verb, where, given).then(({ status }) => ({ status, about })));
      }),
      { numRuns: 500 },
    );
    const answers = await Promise.all(sent);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const before = await received();
    await postExchanges(client, 1);
    expect(await received()).toBe(before + 1);
    const run = await client.run(runId);
    for (const { conservation } of run.arms) {
      const lost = [...Object.values(conservation.skipped), ...Object.values(conservation.dropped)];
      expect(lost.reduce((sum, count) => sum + count, conservation.compared + conservation.inFlight)).toBe(
        conservation.received,
      );
    }
    expect(comparator.process.stderr()).not.toMatch(/request failed|conservation is broken|"level":[56]0/);
  });
});

describe('with a token', () => {
  const token = 'a-very-secret-token';
  let guarded: Comparator;

  beforeAll(async () => {
    guarded = await startServe(
      configOf({
        more: `api: {listen: "127.0.0.1:0", token: "\${env:TEST_TOKEN}"}`,
        experiments: `
  steady:
    arms: {control: ${arm(shadow.url)}}
    expect: {control.d: {flip: at most 20%}}
`,
      }),
      { env: { TEST_TOKEN: token } },
    );
  });

  const routes: readonly [string, string][] = [
    ['GET', '/v1/experiments'],
    ['GET', '/v1/runs'],
    ['POST', '/v1/runs'],
    ['GET', '/v1/runs/x'],
    ['POST', '/v1/runs/x/stop'],
    ['GET', '/v1/runs/x/verdicts'],
    ['GET', '/v1/runs/x/samples'],
    ['GET', '/v1/runs/x/effect-sizes'],
    ['GET', '/v1/gate?run=x'],
    ['GET', '/v1/drills'],
    ['POST', '/v1/drills'],
    ['POST', '/v1/drills/x/arrival'],
    ['POST', '/v1/exchanges'],
    ['POST', '/v1/outcomes'],
    ['GET', '/metrics'],
    ['GET', '/openapi.json'],
    ['GET', '/nosuch'],
    ['GET', '/v1/health/../runs'],
    ['GET', '/v1/runs?/v1/health'],
  ];
  it.each(routes)('%s %s asks for it', async (method, path) => {
    const body = method === 'POST' ? {} : undefined;
    const wrong = ['Bearer wrong', `bearer ${token}`, `Basic ${token}`, token, `Bearer ${token}x`, 'Bearer '];
    for (const authorization of [undefined, ...wrong]) {
      const headers = authorization === undefined ? {} : { authorization };
      const answer = await guarded.client.call(method, path, body, headers);
      expectRefusal(answer, [401, 'UNAUTHORIZED']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    }
    const right = await guarded.client.call(method, path, body, { authorization: `Bearer ${token}` });
    expect(right.status).not.toBe(401);
  });

  it('liveness needs none, and tells no secret', async () => {
    const answer = await guarded.client.call('GET', '/v1/health');
    expect(answer.status).toBe(200);
    expect(answer.text + guarded.process.stderr()).not.toContain(token);
  });

  it('a run is answered through any name when the token is right', async () => {
    const headers = { authorization: `Bearer ${token}`, host: 'penumbra.example' };
    expect((await guarded.client.call('GET', '/v1/runs', undefined, headers)).status).toBe(200);
  });
});

it('a comparator that takes no posted exchanges says so', async () => {
  const closed = await startServe(
    configOf({
      more: `source: {http: false, tap: {link: ./tap.sock}}`,
      experiments: `
  steady:
    arms: {control: ${arm(shadow.url)}}
    expect: {control.d: {flip: at most 20%}}
`,
    }),
  );
  expectRefusal(await closed.client.call('POST', '/v1/exchanges', exchangeOf()), [404, 'NOT_FOUND']);
  expect(answerOf(0.5)).toContain('0.5');
});
