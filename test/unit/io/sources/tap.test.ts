// The tap source on a real Unix socket: who may connect, what a broken or foreign link does, and how it starts and stops.
import { once } from 'node:events';
import { access, link as hardLink, stat, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCounters } from '../../../../src/tap/counters.ts';
import { linkProtocol } from '../../../../src/tap/frame.ts';
import { makeLinkPath, type Receiver, startReceiver, until } from '../../../support/tap-bench.ts';
import { exchangeFrame, jsonFrame } from '../../../support/tap-frame-bytes.ts';

const epoch = '00000000000000aa';
let link: Awaited<ReturnType<typeof makeLinkPath>>;
let receiver: Receiver;
const sockets: Socket[] = [];

beforeEach(async () => {
  link = await makeLinkPath();
  receiver = await startReceiver(link.linkPath);
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await receiver.source.stop();
  await link.remove();
});

async function open(...frames: Buffer[]): Promise<Socket> {
  const socket = connect({ path: link.linkPath });
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
  socket.write(Buffer.concat(frames));
  return socket;
}

const hello = (serial = 0, protocol: number = linkProtocol) => jsonFrame({ type: 'hello', protocol, epoch, serial });
const status = (serial: number, tls: number) => {
  const counters = createCounters();
  counters.blind.tls = tls;
  return jsonFrame({ type: 'status', serial, ...counters });
};

function exchange(serial: number, { request = 'GET /a HTTP/1.1\r\n\r\n' } = {}): Buffer {
  return exchangeFrame(serial, Buffer.from(request), Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'));
}

describe('exchanges', () => {
  it('are handed over with their id, times and both messages', async () => {
    await open(hello(), exchange(1));
    await until(() => receiver.exchanges.length === 1);
    expect(receiver.exchanges[0]).toMatchObject({
      sourceId: `${epoch}-4-5`,
      arrivedAt: 1000.5,
      latencyMs: 2,
      request: { method: 'GET', path: '/a' },
      answer: { status: 200, headers: { 'content-length': '2' } },
    });
    expect(Buffer.from(receiver.exchanges[0]?.answer.body ?? []).toString()).toBe('hi');
  });

  it('that cannot be read are counted, and the link goes on', async () => {
    await open(hello(), exchange(1, { request: 'nonsense' }), exchange(2), status(3, 7));
    await until(() => receiver.source.losses().blind_tls === 7);
    expect(receiver.exchanges).toHaveLength(1);
    expect(receiver.source.losses()).toMatchObject({ malformed: 1, lost_copy: 1, corrupt_frame: 0 });
    expect(receiver.source.taps()[0]).toMatchObject({ epoch, serial: 3 });
  });
});

describe('a link is closed and counted', () => {
  const cases: readonly [string, () => Buffer[]][] = [
    ['when a frame is corrupt', () => [hello(), Buffer.from('nonsense that is no frame'), exchange(1)]],
    ['when it does not begin with hello', () => [exchange(1)]],
    ['when it speaks another protocol', () => [hello(0, 99), exchange(1)]],
    ['when a number comes again', () => [hello(5), exchange(5)]],
  ];
  it.each(cases)('%s', async (_name, frames) => {
    const socket = await open(...frames());
    await once(socket, 'close');
    expect(receiver.exchanges).toEqual([]);
    expect(receiver.source.losses().corrupt_frame).toBe(1);
    await open(hello(5), exchange(6));
    await until(() => receiver.exchanges.length === 1);
  });

  it('when the same tap opens a new one', async () => {
    const old = await open(hello(), status(0, 1));
    await until(() => receiver.source.losses().blind_tls === 1);
    await open(hello(3), exchange(4));
    await once(old, 'close');
    await until(() => receiver.exchanges.length === 1);
    expect(receiver.source.losses()).toMatchObject({ corrupt_frame: 0 });
  });
});

describe('the socket file', () => {
  it('is for this user alone and gone after stop', async () => {
    expect((await stat(link.linkPath)).mode & 0o777).toBe(0o600);
    await receiver.source.stop();
    await expect(access(link.linkPath)).rejects.toThrow();
  });

  it('is not taken from a comparator that answers', async () => {
    await expect(startReceiver(link.linkPath)).rejects.toMatchObject({
      code: 'ADDRESS_IN_USE',
      where: link.linkPath,
      message: expect.stringContaining(link.linkPath),
    });
    await open(hello(), exchange(1));
    await until(() => receiver.exchanges.length === 1);
  });

  it('is taken over from one that died', async () => {
    const path = `${link.linkPath}.stale`;
    const dead = createServer();
    // Two names for one socket: closing removes the first, and the second stays as a crash would leave it.
    await new Promise<void>((resolve) => dead.listen(`${path}.first`, resolve));
    await hardLink(`${path}.first`, path);
    await new Promise<void>((resolve) => dead.close(() => resolve()));
    const { source } = await startReceiver(path);
    const socket = connect({ path });
    await once(socket, 'connect');
    socket.destroy();
    await source.stop();
  });

  it('never replaces a file that is no socket', async () => {
    const path = `${link.linkPath}.txt`;
    await writeFile(path, 'precious');
    await expect(startReceiver(path)).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    expect((await stat(path)).size).toBe(8);
  });

  it('in a folder that does not exist is refused with a reason', async () => {
    await expect(startReceiver('/nonexistent-folder/tap.sock')).rejects.toMatchObject({ code: 'BIND_REFUSED' });
  });
});
