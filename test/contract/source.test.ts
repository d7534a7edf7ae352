// Laws of every source that the index exports, each fed as its real feeder does it: every exchange is handed over once and whole; what is
// broken has a code, is counted and costs nothing else; penumbra's own calls never come out of it; it stops and pauses when told.
import { afterEach, describe, expect, it } from 'vitest';
import { codecs } from '../../src/io/codecs/index.ts';
import type { Codec } from '../../src/io/ports.ts';
import { sources } from '../../src/io/sources/index.ts';
import type { RawExchange } from '../../src/model.ts';
import { createReadExchange } from '../../src/pipeline/read-exchange.ts';
import { createSourceBench, type SourceBench } from '../support/source-bench.ts';
import { type Feed, feeds, type OpenFeed } from '../support/source-feeds.ts';

const codec = codecs.find(({ name }) => name === 'open-inference-v2')?.create({}) as Codec;
const opened: Feed[] = [];

afterEach(async () => {
  for (const feed of opened.splice(0)) await feed.close();
});

/** What the first step of the pipeline makes of each, as far as it counts. */
function countedOf(delivered: readonly RawExchange[], bench: SourceBench): string[] {
  const read = createReadExchange({
    codec,
    decisions: [],
    readsBatches: false,
    sloLatencyMs: 200,
    declaredVersion: null,
    idHeader: 'x-request-id',
    findSegments: null,
    nowMs: () => Math.max(bench.clock.nowMs(), Date.now()),
  });
  return delivered.map(read).flatMap((one) => (one.type === 'comparable' ? [one.exchange.id] : []));
}

const idsOf = (count: number, prefix = 'id') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
const lossesOf = ({ source }: Feed): number => Object.values(source.losses()).reduce((sum, count) => sum + count, 0);

it('every source has a feed here', () => {
  expect(Object.keys(feeds).sort()).toEqual(sources.map(({ name }) => name as string).sort());
});

describe.each(Object.entries(feeds))('%s', (_name, open: OpenFeed) => {
  const start = async () => {
    const bench = createSourceBench();
    const feed = await open(bench);
    opened.push(feed);
    return { bench, feed };
  };

  it('hands every exchange over once, both sides whole', async () => {
    const { bench, feed } = await start();
    const ids = idsOf(50);
    await feed.send(ids);
    expect(countedOf(bench.delivered, bench)).toEqual(ids);
    for (const { request, answer, latencyMs } of bench.delivered) {
      expect(request).toMatchObject({ method: 'POST', path: '/v2/models/m/infer' });
      expect(JSON.parse(Buffer.from(request.body).toString()).inputs[0].data).toEqual([0.5]);
      expect(answer.status).toBe(200);
      expect(JSON.parse(Buffer.from(answer.body).toString()).outputs[0].data).toEqual([0.9]);
      expect(latencyMs).toBeGreaterThanOrEqual(0);
    }
    expect(lossesOf(feed)).toBe(0);
  });

  it('lets nothing of penumbra’s own be counted', async () => {
    const { bench, feed } = await start();
    await feed.sendMarked(idsOf(10));
    await feed.send(['mine']);
    expect(countedOf(bench.delivered, bench)).toEqual(['mine']);
    expect(lossesOf(feed)).toBe(0);
  });

  it('10,000 broken messages: each has a code or is counted, and not one exchange among them is lost', async () => {
    const { bench, feed } = await start();
    const ids = idsOf(100);
    const { coded } = await feed.sendBroken(10_000, ids);
    expect(countedOf(bench.delivered, bench)).toEqual(ids);
    expect(lossesOf(feed)).toBeGreaterThanOrEqual(coded === null ? 10_000 : 9_500);
    if (coded !== null) expect(coded).toBe(10_000);
  });

  it('hands nothing over once it has stopped, and stopping twice is no error', async () => {
    const { bench, feed } = await start();
    await feed.send(['before']);
    await feed.source.stop();
    await feed.source.stop();
    expect(countedOf(bench.delivered, bench)).toEqual(['before']);
  });

  it('takes nothing while it is paused, and goes on after', async () => {
    const { bench, feed } = await start();
    if (feed.source.pause === undefined) return expect(feed.source.routes?.length).toBe(1);
    feed.source.pause();
    await Promise.race([feed.send(['paused']), new Promise((resume) => setTimeout(resume, 100))]);
    expect(bench.delivered).toEqual([]);
    feed.source.resume?.();
    await feed.send(['after']);
    expect(countedOf(bench.delivered, bench)).toEqual(feed.waits === true ? ['paused', 'after'] : ['after']);
  });

  it('names itself and every reason as metrics and the page show them', async () => {
    const { feed } = await start();
    for (const reason of [...Object.keys(feed.source.losses()), ...Object.keys(feed.source.seen?.() ?? {})]) {
      expect(reason).toMatch(/^[a-z][a-z0-9_]*$/);
    }
    expect(sources.map(({ name }) => name as string)).toContain(feed.source.name);
  });
});
