// One feed per source: how exchanges, marked calls and broken messages reach it the way its real feeder sends them.

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/io/clock.ts';
import type { Source } from '../../src/io/ports.ts';
import { cloudevents } from '../../src/io/sources/cloudevents.ts';
import { file } from '../../src/io/sources/file.ts';
import { http } from '../../src/io/sources/http.ts';
import { kafka } from '../../src/io/sources/kafka.ts';
import { mirror } from '../../src/io/sources/mirror.ts';
import { tap } from '../../src/io/sources/tap.ts';
import { linkProtocol } from '../../src/tap/frame.ts';
import { createMemoryKafka } from './memory-kafka.ts';
import { cloudeventsOptions, mirrorOptions, post, type SourceBench } from './source-bench.ts';
import { makeLinkPath, until } from './tap-bench.ts';
import { exchangeFrame, jsonFrame } from './tap-frame-bytes.ts';
import { createRandom } from './tap-random.ts';

export interface Feed {
  readonly source: Source;
  /** While it is paused its feeder waits and loses nothing. */
  readonly waits?: boolean;
  /** Sends these exchanges; resolves once the source has had them all. */
  send(ids: readonly string[]): Promise<void>;
  /** Calls of penumbra's own. */
  sendMarked(ids: readonly string[]): Promise<void>;
  /** So many broken messages, and in between an exchange for each id; resolves with how many had a coded answer, where answers are given. */
  sendBroken(count: number, ids: readonly string[]): Promise<{ readonly coded: number | null }>;
  close(): Promise<void>;
}

export type OpenFeed = (bench: SourceBench) => Promise<Feed>;

const requestBody = (id: string) =>
  JSON.stringify({ id, inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [0.5] }] });
const answerBody = (id: string) =>
  JSON.stringify({ model_name: 'm', id, outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [0.9] }] });
const path = '/v2/models/m/infer';
const mark = { 'x-shadow': 'run/arm' };

/** A text with a piece cut off, doubled, or overwritten. */
function spoilt(text: string, random: { below(bound: number): number }): string {
  const at = random.below(text.length);
  const junk = ['', '{', '}', '"', '\u0000', '\\', 'NaN', '[[', '\u{1f600}'][random.below(9)] as string;
  return [text.slice(0, at), text.slice(0, at) + junk, text.slice(0, at) + junk + text.slice(at + 1), junk][
    random.below(4)
  ] as string;
}

/** An index of the ids to send after this broken message, so that they lie among them evenly. */
function idAt<Id>(ids: readonly Id[], { index, count }: { index: number; count: number }): Id | undefined {
  const every = Math.floor(count / Math.max(1, ids.length));
  return (index + 1) % every === 0 ? ids[(index + 1) / every - 1] : undefined;
}

/** So many broken lines, and evenly among them the documents of the ids. */
function linesAmong(
  document: (id: string) => string,
  { count, ids, seed }: { count: number; ids: readonly string[]; seed: number },
): string[] {
  const random = createRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    // A line is never empty, nor whole by accident.
    const broken = `!${spoilt(document('broken'), random).replaceAll('\n', ' ')}`;
    const id = idAt(ids, { index, count });
    return id === undefined ? [broken] : [broken, document(id)];
  }).flat();
}

const codeOf = (thrown: unknown): boolean => typeof (thrown as { code?: unknown }).code === 'string';

const openHttp: OpenFeed = async (bench) => {
  const source = http.create({})(bench.deps);
  await source.start(bench.deliver);
  const document = (id: string, headers = {}) =>
    JSON.stringify({
      id,
      latencyMs: 3,
      request: { path, headers: { 'x-request-id': id, ...headers }, body: JSON.parse(requestBody(id)) },
      answer: { status: 200, body: JSON.parse(answerBody(id)) },
    });
  const postLines = async (lines: readonly string[]) => {
    const answer = await post(source, bench, {
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    return (answer.body as { lines: { error?: { code?: string } }[] }).lines;
  };
  return {
    source,
    send: async (ids) => {
      for (const id of ids.slice(0, 3)) await post(source, bench, { body: document(id) });
      if (ids.length > 3) await postLines(ids.slice(3).map((id) => document(id)));
    },
    sendMarked: async (ids) => void (await postLines(ids.map((id) => document(id, mark)))),
    sendBroken: async (count, ids) => {
      const lines = linesAmong(document, { count, ids, seed: 1 });
      let coded = 0;
      for (let sent = 0; sent < lines.length; sent += 1000) {
        coded += (await postLines(lines.slice(sent, sent + 1000))).filter(({ error }) => codeOf(error ?? {})).length;
      }
      return { coded };
    },
    close: () => source.stop(),
  };
};

const openCloudEvents: OpenFeed = async (bench) => {
  const source = cloudevents.create(cloudeventsOptions)(bench.deps);
  await bench.join.start(bench.deliver);
  await source.start(bench.deliver);
  const event = (half: 'request' | 'response', id: string, metadata: object = { 'X-Request-Id': [id] }) => ({
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-type': `org.kubeflow.serving.inference.${half}`,
      'ce-source': 'http://localhost:9081/',
      'ce-id': id,
      'ce-time': new Date(bench.clock.nowMs()).toISOString(),
      'ce-inferenceservicename': 'm',
      'ce-namespace': 'default',
      'ce-component': 'predictor',
      'ce-endpoint': '',
      'ce-metadata': JSON.stringify(metadata),
    },
    body: half === 'request' ? requestBody(id) : answerBody(id),
  });
  const sendPair = async (id: string) => {
    await post(source, bench, event('response', id));
    await post(source, bench, event('request', id));
  };
  return {
    source,
    send: async (ids) => {
      for (const id of ids) await sendPair(id);
    },
    sendMarked: async (ids) => {
      for (const id of ids) {
        // With the mark among what the logger kept, and with the id alone, which the logger took over.
        const marked = { 'X-Shadow': ['run/arm'] };
        await post(source, bench, event('request', id, marked));
        await post(source, bench, event('response', id, marked));
        await post(source, bench, event('request', `shadow-${id}`, {}));
        await post(source, bench, event('response', `shadow-${id}`, {}));
      }
    },
    sendBroken: async (count, ids) => {
      const random = createRandom(2);
      let coded = 0;
      for (let index = 0; index < count; index++) {
        const { headers, body } = event(index % 2 === 0 ? 'request' : 'response', `broken-${index}`);
        const broken = [
          { headers: { ...headers, 'ce-type': '' }, body },
          { headers: { ...headers, 'ce-id': 'x'.repeat(2000) }, body: spoilt(body, random) },
          { headers: { 'content-type': 'application/cloudevents+json' }, body: `!${spoilt(body, random)}` },
          { headers: { 'content-type': 'application/cloudevents-batch+json' }, body: `{"a":${JSON.stringify(body)}}` },
          { headers: {}, body },
        ][index % 5] as { headers: Record<string, string>; body: string };
        await post(source, bench, broken).catch((thrown: unknown) => {
          coded += codeOf(thrown) ? 1 : 0;
        });
        const id = idAt(ids, { index, count });
        if (id !== undefined) await sendPair(id);
      }
      return { coded };
    },
    close: () => source.stop(),
  };
};

const openMirror: OpenFeed = async (bench) => {
  const source = mirror.create(mirrorOptions)(bench.deps);
  await bench.join.start(bench.deliver);
  await source.start(bench.deliver);
  const port = bench.ports.at(-1) as number;
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const mirrored = async (headers: Record<string, string>, body: string): Promise<void> => {
    const sent = httpRequest({ port, path, agent, method: 'POST', headers: { host: 'model-shadow:80', ...headers } });
    sent.end(body);
    const [answer] = await once(sent, 'response');
    answer.resume();
    await once(answer, 'end');
  };
  const sendPair = async (id: string) => {
    await mirrored({ 'content-type': 'application/json', 'x-request-id': id }, requestBody(id));
    const answer = { id, latencyMs: 3, status: 200, body: JSON.parse(answerBody(id)) };
    await post(source, bench, { body: JSON.stringify(answer) });
  };
  return {
    source,
    send: async (ids) => {
      for (const id of ids) await sendPair(id);
    },
    sendMarked: async (ids) => {
      for (const id of ids) {
        await mirrored({ 'x-request-id': id, ...mark }, requestBody(id));
        await mirrored({ 'x-request-id': `shadow-${id}` }, requestBody(id));
        for (const told of [id, `shadow-${id}`]) {
          await post(source, bench, { body: JSON.stringify({ id: told, latencyMs: 3, status: 200 }) });
        }
      }
    },
    sendBroken: async (count, ids) => {
      const random = createRandom(3);
      let coded = 0;
      for (let index = 0; index < count; index++) {
        // Answers are posted many times over; what no HTTP parser reads ends its connection, and each costs one.
        if (index % 50 === 0) {
          await sendGarbage(
            port,
            `POST ${path} HTTP/1.1\r\n${spoilt('host: a\r\nx-request-id: b\r\n', random)}\u0000:\r\n\r\n`,
          );
        } else if (index % 10 === 0) {
          await mirrored({}, spoilt(requestBody('no-id'), random));
        } else {
          await post(source, bench, { body: `!${spoilt(answerBody('broken'), random)}` }).catch((thrown: unknown) => {
            coded += codeOf(thrown) ? 1 : 0;
          });
        }
        const id = idAt(ids, { index, count });
        if (id !== undefined) await sendPair(id);
      }
      return { coded: coded + Math.ceil(count / 10) };
    },
    close: async () => {
      agent.destroy();
      await source.stop();
    },
  };
};

async function sendGarbage(port: number, text: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined);
  socket.resume();
  socket.end(text, 'latin1');
  await once(socket, 'close');
}

const openTap: OpenFeed = async (bench) => {
  const { linkPath, remove } = await makeLinkPath();
  const source = tap.create({ linkPath })(bench.deps);
  await source.start(bench.deliver);
  let serial = 0;
  let socket: Socket | null = null;
  const link = async (helloSerial: number): Promise<Socket> => {
    if (socket !== null && !socket.destroyed) return socket;
    socket = connect({ path: linkPath });
    socket.on('error', () => undefined);
    socket.resume();
    await once(socket, 'connect');
    socket.write(jsonFrame({ type: 'hello', protocol: linkProtocol, epoch: '00000000000000aa', serial: helloSerial }));
    return socket;
  };
  const frame = (head: string, body: string, answer: string) => {
    serial += 1;
    const request = Buffer.from(`${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    const head200 = `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(answer)}\r\n\r\n`;
    return exchangeFrame(serial, request, Buffer.from(head200 + answer));
  };
  const good = (id: string, more = '') =>
    frame(`POST ${path} HTTP/1.1\r\nx-request-id: ${id}\r\n${more}`, requestBody(id), answerBody(id));
  const handed = () => bench.delivered.length + Number(source.losses().malformed);
  const sendFrames = async (frames: readonly Buffer[]): Promise<void> => {
    const wanted = handed() + frames.length;
    (await link(serial - frames.length)).write(Buffer.concat(frames));
    await until(() => handed() >= wanted);
  };
  return {
    source,
    send: (ids) => sendFrames(ids.map((id) => good(id))),
    sendMarked: (ids) => sendFrames(ids.map((id) => good(id, 'x-shadow: run/arm\r\n'))),
    sendBroken: async (count, ids) => {
      const random = createRandom(4);
      for (let sent = 0; sent < count; sent += 500) {
        const frames: Buffer[] = [];
        for (let index = sent; index < Math.min(count, sent + 500); index++) {
          frames.push(frame(`!${spoilt(`POST ${path} HTTP/1.1\r\n`, random)}: \r\n`, requestBody('broken'), 'x'));
          const id = idAt(ids, { index, count });
          if (id !== undefined) frames.push(good(id));
        }
        await sendFrames(frames);
      }
      return { coded: null };
    },
    close: async () => {
      socket?.destroy();
      await source.stop();
      await remove();
    },
  };
};

/** A named pipe in place of a file: what is written to it is read line by line. */
const openFile: OpenFeed = async (bench) => {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-feed-'));
  const pipe = join(folder, 'recording');
  execFileSync('mkfifo', [pipe]);
  const deps = { ...bench.deps, clock: systemClock };
  const source = file.create({ path: pipe, format: 'jsonl', speed: null })(deps);
  const writing = createWriteStream(pipe);
  writing.on('error', () => undefined);
  // It starts once something is there to be read.
  const started = source.start(bench.deliver);
  started.catch(() => undefined);
  const document = (id: string, headers = {}) => {
    const asked = { path, headers: { 'x-request-id': id, ...headers }, body: JSON.parse(requestBody(id)) };
    const answer = { status: 200, body: JSON.parse(answerBody(id)) };
    return JSON.stringify({ id, arrivedAt: Date.now(), latencyMs: 3, request: asked, answer });
  };
  const handed = () => bench.delivered.length + Number(source.losses().malformed);
  let sent = 0;
  const sendLines = async (lines: readonly string[]): Promise<void> => {
    sent += lines.length;
    writing.write(lines.map((line) => `${line}\n`).join(''));
    await started;
    await until(() => handed() >= sent);
  };
  return {
    source,
    waits: true,
    send: (ids) => sendLines(ids.map((id) => document(id))),
    sendMarked: (ids) => sendLines(ids.map((id) => document(id, mark))),
    sendBroken: async (count, ids) => {
      await sendLines(linesAmong(document, { count, ids, seed: 5 }));
      return { coded: null };
    },
    close: async () => {
      await source.stop();
      writing.destroy();
      rmSync(folder, { recursive: true });
    },
  };
};

/** By the name of the source; one without a feed is told by the contract. */
const openKafka: OpenFeed = async (bench) => {
  const memory = createMemoryKafka({ clock: systemClock, partitions: 1 });
  const writer = memory.connect();
  const deps = { ...bench.deps, clock: systemClock, kafka: memory.connect() };
  const source = kafka.create({ topic: 'exchanges', group: 'g', from: 'beginning', deadLetter: 'dead' })(deps);
  await source.start(bench.deliver);
  const document = (id: string, headers = {}) => {
    const asked = { path, headers: { 'x-request-id': id, ...headers }, body: JSON.parse(requestBody(id)) };
    return JSON.stringify({
      id,
      latencyMs: 3,
      request: asked,
      answer: { status: 200, body: JSON.parse(answerBody(id)) },
    });
  };
  const handed = () => bench.delivered.length + Number(source.losses().malformed);
  let sent = 0;
  const append = async (values: readonly string[]): Promise<void> => {
    sent += values.length;
    await writer.produce(
      'exchanges',
      values.map((value) => ({ key: null, value })),
    );
    await until(() => handed() >= sent);
  };
  return {
    source,
    waits: true,
    send: (ids) => append(ids.map((id) => document(id))),
    sendMarked: (ids) => append(ids.map((id) => document(id, mark))),
    sendBroken: async (count, ids) => {
      await append(linesAmong(document, { count, ids, seed: 6 }));
      // Each of them lies in the dead-letter topic as well, with its code.
      return {
        coded: memory.recordsOf('dead', 0).filter(({ headers }) => headers['penumbra-code'] !== undefined).length,
      };
    },
    close: () => source.stop(),
  };
};

export const feeds: Readonly<Record<string, OpenFeed>> = {
  tap: openTap,
  http: openHttp,
  cloudevents: openCloudEvents,
  mirror: openMirror,
  file: openFile,
  kafka: openKafka,
};
