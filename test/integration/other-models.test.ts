// penumbra beside other models than the flights, by config alone: class scores, labels, a regression, and a binary score on
// tensors of other names; shadows in process and over HTTP, exchanges posted by the service itself.
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { endProcesses } from '../support/penumbra-process.ts';
import { type Client, configOf, makeFolder, postExchanges, quick, startServe } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';
import { echoModelBytes, writeTinyModel } from '../support/tiny-model.ts';

const servers: ShadowServer[] = [];

afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly datatype: string;
  readonly data: readonly unknown[];
}

interface Service {
  /** The decision as a config says it. */
  readonly decision: string;
  readonly metric: 'flip' | 'material';
  /** The ONNX file that is in production, in this folder. */
  readonly writeModel: (folder: string) => void;
  /** Input and output of production for request number `index`. */
  readonly exchange: (index: number) => { input: Tensor; output: Tensor };
  /** What another version answers: close enough, and not. */
  readonly near: (output: Tensor, index: number) => Tensor;
  readonly far: (output: Tensor, index: number) => Tensor;
}

const echo = (name: string, datatype: 'FP32' | 'FP64' | 'BYTES', width: number) => (folder: string) =>
  writeFileSync(join(folder, 'model.onnx'), echoModelBytes([{ name, datatype, width }]));
const again = (input: Tensor): Tensor => ({ ...input, name: `${input.name}_again` });
const same = (output: Tensor): Tensor => output;

const logits = (index: number): Tensor => {
  const data = [0, 1, 2].map((place) => (place === index % 3 ? 3 : 0) + index / 1024);
  return { name: 'logits', shape: [1, 3], datatype: 'FP32', data };
};
const words = ['invoice', 'contract', 'letter'];

const services: Readonly<Record<string, Service>> = {
  'class scores': {
    decision: '{output: logits_again, label: argmax}',
    metric: 'flip',
    writeModel: echo('logits', 'FP32', 3),
    exchange: (index) => ({ input: logits(index), output: again(logits(index)) }),
    near: (output) => ({ ...output, data: output.data.map((score) => Number(score) * 1.5) }),
    far: (output) => ({ ...output, data: [...output.data.slice(1), output.data[0]] }),
  },
  'a label alone': {
    decision: '{output: type_again}',
    metric: 'flip',
    writeModel: echo('type', 'BYTES', 1),
    exchange: (index) => {
      const input = { name: 'type', shape: [1, 1], datatype: 'BYTES', data: [`${words[index % 3]} ${index}`] };
      return { input, output: again(input) };
    },
    near: same,
    far: (output) => ({ ...output, data: ['spam'] }),
  },
  'a regression': {
    decision: '{output: eta_again, kind: regression, scale: 0..300, material: 5%}',
    metric: 'material',
    writeModel: echo('eta', 'FP64', 1),
    exchange: (index) => {
      const input = { name: 'eta', shape: [1, 1], datatype: 'FP64', data: [40 + index / 7] };
      return { input, output: again(input) };
    },
    near: (output) => ({ ...output, data: [Number(output.data[0]) + 14] }),
    far: (output) => ({ ...output, data: [Number(output.data[0]) + 16] }),
  },
  'a binary score under other names': {
    decision: '{output: "p_fraud[:,1]", label: above 0.8, material: 0.1}',
    metric: 'flip',
    writeModel: (folder) => {
      const model = { name: 'fraud', weights: [1], input: 'amount', output: 'p_fraud' };
      copyFileSync(writeTinyModel(model).modelFile, join(folder, 'model.onnx'));
    },
    exchange: (index) => {
      const amount = (index % 2 === 0 ? 3 : -3) + index / 1024;
      const score = 1 / (1 + Math.exp(-amount));
      return {
        input: { name: 'amount', shape: [1, 1], datatype: 'FP32', data: [amount] },
        output: { name: 'p_fraud', shape: [1, 2], datatype: 'FP32', data: [1 - score, score] },
      };
    },
    near: (output) => ({ ...output, data: output.data.map((score) => Number(score) * 0.99) }),
    far: (output) => ({ ...output, data: [...output.data].reverse() }),
  },
};

const messageOf = (output: Tensor, version: string): string =>
  JSON.stringify({ model_name: 'm', model_version: version, outputs: [output] });

/** A shadow over HTTP that answers as `change` would have production answer. */
async function shadowOf(service: Service, change: Service['near']): Promise<ShadowServer> {
  const server = await startShadow(({ reply, message }) => {
    const index = Number(/(\d+)$/.exec(String(message.headers['x-request-id']))?.[1]);
    reply.end(messageOf(change(service.exchange(index).output, index), 'v2'));
  });
  servers.push(server);
  return server;
}

async function verdictsOf(client: Client): Promise<Record<string, unknown>> {
  const { runs } = (await client.call('GET', '/v1/runs')).body as { runs: RunView[] };
  const found = runs.flatMap((run) =>
    run.arms.flatMap((arm) =>
      arm.hypotheses
        .filter((one) => !one.automatic)
        .map((one) => [`${run.experiment} ${one.id}`, one.verdict] as const),
    ),
  );
  return Object.fromEntries(found);
}

describe.concurrent('by config alone', () => {
  it.each(Object.entries(services))('%s', async (_name, service) => {
    const folder = makeFolder();
    service.writeModel(folder);
    const [near, far] = await Promise.all([shadowOf(service, service.near), shadowOf(service, service.far)]);
    const limit = `{${service.metric}: at most 20%}`;
    const experiment = (name: string, url: string): string => `
  ${name}:
    arms: {control: {target: {onnx: ./model.onnx}, deadline: 6s}, candidate: {target: {url: "${url}"}, deadline: 6s}}
    expect: {control.d: ${limit}, candidate.d: ${limit}, candidate: {error: at most 20%}}
    gate: {minPairs: 60}
    start: with serve
${quick}
`;
    const config = configOf({
      decisions: service.decision,
      more: 'source: {http: true}',
      experiments: experiment('near', near.url) + experiment('far', far.url),
    }).replace('joinDeadline: 500ms', 'joinDeadline: 7s');
    const { client } = await startServe(config, { folder });
    const { runs } = (await client.call('GET', '/v1/runs')).body as { runs: RunView[] };
    for (const { id } of runs) await client.until(id, (run) => run.state === 'RUNNING');
    let index = 0;
    await postExchanges(client, 80, {
      make: () => {
        index += 1;
        const { input, output } = service.exchange(index);
        return {
          id: `e-${index}`,
          latencyMs: 3,
          request: { path: '/v2/models/m/infer', body: { inputs: [input] } },
          answer: { status: 200, body: messageOf(output, 'v1') },
        };
      },
    });
    const { metric } = service;
    expect(await verdictsOf(client)).toEqual({
      [`near control.d.${metric}`]: 'HOLDS',
      [`near candidate.d.${metric}`]: 'HOLDS',
      'near candidate.error': 'HOLDS',
      [`far control.d.${metric}`]: 'HOLDS',
      [`far candidate.d.${metric}`]: 'VIOLATED',
      'far candidate.error': 'HOLDS',
    });
    const gates = await Promise.all(runs.map(async ({ id }) => (await client.gate(id)).verdict));
    expect(gates).toEqual(['PASS', 'FAIL']);
  });
});
