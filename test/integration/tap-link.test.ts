// Whatever becomes of the comparator (absent, stuck, cut off, replaced), production's answers are right and complete, the
// tap holds no more than it may, copying resumes by itself, and every sampled exchange is copied or counted as lost.
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tap } from '../../src/tap/tap.ts';
import { createTraffic, type HttpService, startHttpService, type Traffic } from '../support/http-pair.ts';
import { makeLinkPath, startReceiver, startTapAt, until } from '../support/tap-bench.ts';

let link: Awaited<ReturnType<typeof makeLinkPath>>;
let service: HttpService;
let tap: Tap;
let traffic: Traffic;

async function start(linkPath: string, maxCopyBytes = 16 * 1024 * 1024): Promise<void> {
  tap = await startTapAt(service.port, linkPath, { maxCopyBytes });
  traffic = createTraffic(tap.address.port);
}

beforeEach(async () => {
  link = await makeLinkPath();
  service = await startHttpService();
});

afterEach(async () => {
  traffic.close();
  await tap.stop({ drainMs: 500 });
  await service.close();
  await link.remove();
});

const lostInAll = (): number => Object.values(tap.counters.lost).reduce((sum, count) => sum + count, 0);
const isSettled = (): boolean => tap.counters.sampled === tap.counters.copied + lostInAll();

describe('with a comparator', () => {
  it('every exchange of ordinary HTTP arrives once, whole and paired', async () => {
    const { source, exchanges } = await startReceiver(link.linkPath);
    await start(link.linkPath);
    await until(() => source.taps().length === 1);
    const startedAt = Date.now();
    expect(await traffic.send(300)).toBe(0);
    await until(() => exchanges.length === 300);
    expect(exchanges.map(({ request }) => request.path).sort()).toEqual([...traffic.paths].sort());
    expect(new Set(exchanges.map(({ sourceId }) => sourceId)).size).toBe(300);
    for (const { request, answer, arrivedAt, latencyMs, sourceId } of exchanges) {
      expect(request.method).toBe('POST');
      expect(request.body.length).toBeGreaterThanOrEqual(100);
      expect(answer.status).toBe(200);
      expect(Buffer.from(answer.body).toString()).toMatch(/^[0-9a-f]{64,}$/);
      expect(arrivedAt).toBeGreaterThanOrEqual(startedAt - 1);
      expect(latencyMs).toBeGreaterThan(0);
      expect(sourceId).toMatch(new RegExp(`^${tap.epoch}-\\d+-\\d+$`));
    }
    expect(source.losses()).toMatchObject({ lost_copy: 0, malformed: 0, corrupt_frame: 0 });
    await until(isSettled);
    expect(tap.counters.copied).toBe(300);
    await until(() => tap.heldBytes() === 0);
    await source.stop();
  });

  it('a share is taken of them, and nothing else counts as lost', async () => {
    const { source, exchanges } = await startReceiver(link.linkPath);
    tap = await startTapAt(service.port, link.linkPath, { share: 0.3 });
    traffic = createTraffic(tap.address.port);
    await until(() => source.taps().length === 1);
    expect(await traffic.send(400)).toBe(0);
    await until(isSettled);
    expect(tap.counters).toMatchObject({ requests: 400, sampled: tap.counters.copied });
    expect(tap.counters.sampled).toBeGreaterThan(50);
    expect(tap.counters.sampled).toBeLessThan(200);
    await until(() => exchanges.length === tap.counters.copied);
    expect(source.losses().lost_copy).toBe(0);
    await source.stop();
  });
});

describe('without a comparator', () => {
  it('production answers, losses are counted, and copying begins when one comes', async () => {
    await start(link.linkPath);
    expect(await traffic.send(100)).toBe(0);
    expect(tap.counters).toMatchObject({ sampled: 100, copied: 0, lost: { no_link: 100 } });
    await until(() => tap.heldBytes() === 0);
    const { source, exchanges } = await startReceiver(link.linkPath);
    await until(() => source.taps().length === 1);
    expect(await traffic.send(50)).toBe(0);
    await until(() => exchanges.length === 50);
    // What was lost before this comparator was there is the tap's to tell, not this one's loss.
    expect(source.losses().lost_copy).toBe(0);
    expect(source.taps()[0]?.lost.no_link).toBe(100);
    await source.stop();
  });

  it('one that dies and comes back as a new one finds the tap again', async () => {
    const first = await startReceiver(link.linkPath);
    await start(link.linkPath);
    await until(() => first.source.taps().length === 1);
    expect(await traffic.send(60)).toBe(0);
    await until(() => first.exchanges.length === 60);
    await first.source.stop();
    expect(await traffic.send(60)).toBe(0);
    const second = await startReceiver(link.linkPath);
    await until(() => second.source.taps().length === 1);
    expect(await traffic.send(60)).toBe(0);
    await until(() => second.exchanges.length === 60);
    await until(isSettled);
    expect(tap.counters.sampled).toBe(180);
    await until(() => tap.heldBytes() === 0);
    expect([...service.asked.values()].every((count) => count === 1)).toBe(true);
    await second.source.stop();
  });
});

describe('with a comparator that is stuck', () => {
  it('production answers, no more than the bound is held, and copying resumes when it reads on', async () => {
    const maxCopyBytes = 512 * 1024;
    let stuck: Socket | null = null;
    const server = createServer((socket) => {
      stuck = socket.pause();
    });
    await new Promise<void>((resolve) => server.listen(link.linkPath, resolve));
    await start(link.linkPath, maxCopyBytes);
    await until(() => stuck !== null && tap.isLinked());
    let held = 0;
    for (let round = 0; round < 10; round++) {
      expect(await traffic.send(20, { bodyBytes: 20_000 })).toBe(0);
      held = Math.max(held, tap.heldBytes());
    }
    expect(held).toBeGreaterThan(maxCopyBytes / 2);
    expect(held).toBeLessThanOrEqual(maxCopyBytes);
    expect(tap.counters.lost.queue_full).toBeGreaterThan(50);
    (stuck as Socket | null)?.resume();
    await until(isSettled);
    await until(() => tap.heldBytes() === 0);
    const before = tap.counters.copied;
    expect(await traffic.send(20)).toBe(0);
    await until(() => tap.counters.copied === before + 20);
    // Killed while it is stuck: what it had not read is lost and counted, and its memory is free again.
    (stuck as Socket | null)?.pause();
    expect(await traffic.send(40, { bodyBytes: 20_000 })).toBe(0);
    expect(tap.heldBytes()).toBeGreaterThan(0);
    (stuck as Socket | null)?.destroy();
    server.close();
    await until(isSettled);
    expect(tap.counters.lost.link_broken).toBeGreaterThan(0);
    await until(() => tap.heldBytes() === 0);
  });
});

describe('with a link that is cut now and then', () => {
  it('the comparator knows from the numbers how many copies it never saw', async () => {
    const { source, exchanges } = await startReceiver(link.linkPath);
    const pipes = new Set<Socket>();
    const wirePath = `${link.linkPath}.wire`;
    const wire = createServer((near) => {
      const far = connect({ path: link.linkPath });
      for (const socket of [near, far]) {
        pipes.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          near.destroy();
          far.destroy();
          pipes.delete(socket);
        });
      }
      near.pipe(far);
    });
    await new Promise<void>((resolve) => wire.listen(wirePath, resolve));
    await start(wirePath);
    await until(() => source.taps().length === 1);
    let sent = 0;
    // On until a cut has cost something, which no four of them can promise.
    while (sent < 200 || (source.losses().lost_copy ?? 0) === 0) {
      const sending = traffic.send(50, { bodyBytes: 3000 });
      await until(() => tap.counters.requests > sent + 20);
      for (const socket of pipes) socket.destroy();
      expect(await sending).toBe(0);
      sent += 50;
    }
    await until(isSettled);
    const received = () => exchanges.length + (source.losses().lost_copy ?? 0);
    // The next hello or status closes the account.
    await until(() => received() === sent);
    expect(tap.counters.sampled).toBe(sent);
    expect(source.losses().lost_copy).toBeGreaterThan(0);
    expect(new Set(exchanges.map(({ sourceId }) => sourceId)).size).toBe(exchanges.length);
    wire.close();
    await source.stop();
    for (const socket of pipes) socket.destroy();
  });
});
