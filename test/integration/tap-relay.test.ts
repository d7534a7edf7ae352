// Relay conformance: each script, legal or rude, runs direct and through the tap; both ends must have seen the same bytes
// and the same way of leaving. Whole exchanges among them are copied, the rest is counted.

import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Tap } from '../../src/tap/tap.ts';
import { maxWaiting } from '../../src/tap/waiting-room.ts';
import { freePort } from '../support/free-port.ts';
import { type End, openRawClient, startRawServer, type Transcript } from '../support/raw-sockets.ts';
import { makeLinkPath, type Receiver, startReceiver, startTapAt, until } from '../support/tap-bench.ts';

interface Script {
  readonly server: (end: End) => Promise<void>;
  readonly client: (end: End) => Promise<void>;
  /** Paths of the exchanges that must be copied, in any order. */
  readonly copied: readonly string[];
  /** One of these counters must move. */
  readonly counted?: { readonly lost?: 'cut' | 'blind'; readonly blind?: 'upgrade' | 'tls' | 'h2' | 'connect' };
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
const ok = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
/** For what one end must know of the other and no bytes can say. */
let whenSeen = (): void => undefined;
let seenByServer: Promise<void> = Promise.resolve();
const finish = async (end: End): Promise<void> => {
  end.socket.end();
  await end.left();
};

const scripts: Record<string, Script> = {
  'keep-alive, one after the other': {
    server: async (end) => {
      await end.saw('/one');
      await end.write(ok('1'));
      await end.saw('/two');
      await end.write(ok('2'));
      await end.left();
      end.socket.end();
    },
    client: async (end) => {
      await end.write(get('/one'));
      await end.saw('\r\n\r\n1');
      await end.write(get('/two'));
      await end.saw('\r\n\r\n2');
      await finish(end);
    },
    copied: ['/one', '/two'],
  },
  'chunked both ways, byte by byte, with extensions and trailers': {
    server: async (end) => {
      await end.saw('0\r\nsum: 1\r\n\r\n');
      await end.writeBytewise(
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a="b"\r\nabc\r\n0\r\nT: x\r\n\r\n',
      );
      await finish(end);
    },
    client: async (end) => {
      await end.writeBytewise(
        'POST /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nsum: 1\r\n\r\n',
      );
      await end.saw('T: x\r\n\r\n');
      await finish(end);
    },
    copied: ['/chunks'],
  },
  'HEAD, 204 and 304 have no body, whatever they state': {
    server: async (end) => {
      await end.saw('/c ');
      await end.write('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
      await end.write('HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n');
      await end.saw('/d ');
      await end.write(ok('d'));
      await end.left();
      end.socket.end();
    },
    client: async (end) => {
      await end.write(`HEAD /a HTTP/1.1\r\n\r\nDELETE /b HTTP/1.1\r\n\r\n${get('/c')}`);
      await end.saw('304');
      await end.write(get('/d'));
      await end.saw('\r\n\r\nd');
      await finish(end);
    },
    copied: ['/a', '/b', '/c', '/d'],
  },
  '100-continue is waited for and comes through': {
    server: async (end) => {
      await end.saw('\r\n\r\n');
      await end.write('HTTP/1.1 100 Continue\r\n\r\n');
      await end.saw('body!');
      await end.write(ok('thanks'));
      await finish(end);
    },
    client: async (end) => {
      await end.write('PUT /expect HTTP/1.1\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n');
      await end.saw('100 Continue\r\n\r\n');
      await end.write('body!');
      await end.saw('thanks');
      await finish(end);
    },
    copied: ['/expect'],
  },
  'pipelining, answered in several pieces': {
    server: async (end) => {
      await end.saw('/p4');
      await end.write(`${ok('1')}${ok('2').slice(0, 20)}`);
      await end.writeBytewise(`${ok('2').slice(20)}${ok('3')}`);
      await end.write(ok('4'));
      await finish(end);
    },
    client: async (end) => {
      await end.write(['/p1', '/p2', '/p3', '/p4'].map(get).join(''));
      await end.saw('\r\n\r\n4');
      await finish(end);
    },
    copied: ['/p1', '/p2', '/p3', '/p4'],
  },
  'half-close: the client has said all and still gets its answer': {
    server: async (end) => {
      await end.left();
      await end.write(ok('late'));
      end.socket.end();
    },
    client: async (end) => {
      end.socket.end(get('/half'));
      await end.left();
    },
    copied: ['/half'],
  },
  'half-close by the server while the client still sends': {
    server: async (end) => {
      await end.saw('first');
      end.socket.end('HTTP/1.1 413 Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      await end.saw('second');
      await end.left();
    },
    client: async (end) => {
      await end.write('POST /early HTTP/1.1\r\ncontent-length: 11\r\n\r\nfirst');
      await end.left();
      await end.write('second');
      end.socket.end();
    },
    copied: ['/early'],
  },
  'HTTP/1.0, body until the server closes': {
    server: async (end) => {
      await end.saw('\r\n\r\n');
      await end.write('HTTP/1.0 200 OK\r\n\r\nHTTP/1.1 200 OK\r\n\r\n');
      end.socket.end('to the end');
      await end.left();
    },
    client: async (end) => {
      await end.write('GET /old HTTP/1.0\r\n\r\n');
      await end.left();
      end.socket.end();
    },
    copied: ['/old'],
  },
  '101: what follows is no HTTP and passes both ways': {
    server: async (end) => {
      await end.saw('\r\n\r\n');
      await end.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
      await end.saw('\u0000\u00ffping');
      await end.write('\u0000\u00ffpong');
      await end.left();
      end.socket.end();
    },
    client: async (end) => {
      await end.write('GET /ws HTTP/1.1\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
      await end.saw('101');
      await end.write('\u0000\u00ffping');
      await end.saw('\u0000\u00ffpong');
      await finish(end);
    },
    copied: [],
    counted: { lost: 'blind', blind: 'upgrade' },
  },
  CONNECT: {
    server: async (end) => {
      await end.saw('\r\n\r\n');
      await end.write('HTTP/1.1 200 OK\r\n\r\n\u0001\u0002');
      await finish(end);
    },
    client: async (end) => {
      await end.write('CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n');
      await end.saw('\u0001\u0002');
      await finish(end);
    },
    copied: [],
    counted: { blind: 'connect' },
  },
  'a TLS hello': {
    server: async (end) => {
      await end.saw('\u0016\u0003\u0001');
      await end.write('\u0016\u0003\u0003');
      await finish(end);
    },
    client: async (end) => {
      await end.write('\u0016\u0003\u0001\u0000\u0005hello');
      await end.saw(3);
      await finish(end);
    },
    copied: [],
    counted: { blind: 'tls' },
  },
  'an HTTP/2 preface': {
    server: async (end) => {
      await end.saw('SM\r\n\r\n');
      await end.write('\u0000\u0000\u0000\u0004\u0000');
      await finish(end);
    },
    client: async (end) => {
      await end.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
      await end.saw(5);
      await finish(end);
    },
    copied: [],
    counted: { blind: 'h2' },
  },
  'RST by the server in the middle of an answer': {
    server: async (end) => {
      await end.saw('\r\n\r\n');
      await end.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
      await end.saw('seen');
      end.socket.resetAndDestroy();
    },
    client: async (end) => {
      await end.write(get('/reset'));
      await end.saw('half');
      await end.write('seen');
      await end.left();
    },
    copied: [],
    counted: { lost: 'cut' },
  },
  'RST by the client in the middle of its request': {
    server: async (end) => {
      await end.saw('half');
      await end.write('HTTP/1.1 100 Continue\r\n\r\n');
      await end.left();
    },
    client: async (end) => {
      await end.write('POST /abort HTTP/1.1\r\ncontent-length: 10\r\n\r\nhalf');
      await end.saw('100');
      end.socket.resetAndDestroy();
    },
    copied: [],
    counted: { lost: 'cut' },
  },
  'RST by the server after the client has half-closed': {
    server: async (end) => {
      await end.left();
      end.socket.resetAndDestroy();
    },
    client: async (end) => {
      end.socket.end(get('/half-reset'));
      await end.left();
    },
    copied: [],
    counted: { lost: 'cut' },
  },
  'RST by the client after the server has half-closed': {
    server: async (end) => {
      end.socket.end();
      await end.saw('then');
      whenSeen();
      await end.left();
    },
    client: async (end) => {
      await end.left();
      await end.write('then');
      // A reset that overtakes it would take it away.
      await seenByServer;
      end.socket.resetAndDestroy();
    },
    copied: [],
  },
  'FIN by the server in the middle of an answer': {
    server: async (end) => {
      await end.saw('\r\n\r\n');
      end.socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf');
      await end.left();
    },
    client: async (end) => {
      await end.write(get('/fin'));
      await end.left();
      end.socket.end();
    },
    copied: [],
    counted: { lost: 'cut' },
  },
};

let link: Awaited<ReturnType<typeof makeLinkPath>>;
let receiver: Receiver;

beforeAll(async () => {
  link = await makeLinkPath();
  receiver = await startReceiver(link.linkPath);
});

afterAll(async () => {
  await receiver.source.stop();
  await link.remove();
});

/** Runs the script on a fresh server, direct or through a tap that `during` may look at before it stops. */
async function run(script: Script, through: ((port: number) => Promise<Tap>) | null) {
  seenByServer = new Promise((resolve) => {
    whenSeen = resolve;
  });
  const done: Promise<void>[] = [];
  const server = await startRawServer((end) => {
    const running = script.server(end);
    done.push(running);
    return running;
  });
  const tap = through === null ? null : await through(server.port);
  const client = await openRawClient(tap?.address.port ?? server.port);
  await script.client(client);
  await until(() => done.length > 0);
  await Promise.all(done);
  const seen: { client: Transcript; server: Transcript | undefined } = {
    client: client.transcript,
    server: server.ends[0]?.transcript,
  };
  if (tap !== null) await until(() => tap.counters.open === 0);
  client.socket.destroy();
  await server.close();
  return { seen, tap };
}

describe.each(['handles', 'streams'] as const)('the relay by %s is as if it were not there', (relayBy) => {
  it.each(Object.keys(scripts))('%s', async (name) => {
    const script = scripts[name] as Script;
    receiver.exchanges.length = 0;
    const direct = await run(script, null);
    const { seen, tap } = await run(script, async (port) => {
      const started = await startTapAt(port, link.linkPath, { relayBy });
      await connected(started);
      return started;
    });
    expect(tap?.relayedBy).toBe(relayBy);
    expect(seen).toEqual(direct.seen);
    // A stop waits for a second; the thread that sends them gives way to everybody.
    await until(() => receiver.exchanges.length >= script.copied.length && tap?.heldBytes() === 0);
    await tap?.stop();
    expect(receiver.exchanges.map(({ request }) => request.path).sort()).toEqual([...script.copied].sort());
    const { lost, blind } = script.counted ?? {};
    if (lost !== undefined) expect(tap?.counters.lost[lost]).toBe(1);
    if (blind !== undefined) expect(tap?.counters.blind[blind]).toBe(1);
    expect(tap?.counters.sampled).toBe(script.copied.length + (lost === undefined ? 0 : 1));
  });
});

/** A tap copies from when its link is up; the status it begins with says so. */
async function connected(tap: Tap): Promise<void> {
  await until(() => receiver.source.taps().some(({ epoch }) => epoch === tap.epoch));
}

describe('bodies larger than any buffer', () => {
  const megabytes = 24;
  const piece = Buffer.alloc(1024 * 1024, 'large body ');
  const sha = (bytes: string) => createHash('sha256').update(bytes, 'latin1').digest('hex');

  it('pass both ways to a reader that stalls, while little is held', async () => {
    const total = megabytes * piece.length;
    const head = `POST /big HTTP/1.1\r\ncontent-length: ${total}\r\n\r\n`;
    const server = await startRawServer(async (end) => {
      end.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 100));
      end.socket.resume();
      await end.saw(head.length + total);
      await end.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
      for (let sent = 0; sent < megabytes; sent++) await end.write(piece);
      await finish(end);
    });
    const tap = await startTapAt(server.port, link.linkPath);
    await connected(tap);
    const client = await openRawClient(tap.address.port);
    await client.write(head);
    for (let sent = 0; sent < megabytes; sent++) await client.write(piece);
    await client.saw('\r\n\r\n');
    client.socket.pause();
    await new Promise((resolve) => setTimeout(resolve, 100));
    client.socket.resume();
    await finish(client);
    const expected = piece.toString('latin1').repeat(megabytes);
    const answer = client.transcript.bytes;
    expect(sha(answer.slice(answer.indexOf('\r\n\r\n') + 4))).toBe(sha(expected));
    expect(sha(server.ends[0]?.transcript.bytes.slice(head.length) ?? '')).toBe(sha(expected));
    expect(tap.counters.lost.too_large).toBe(1);
    await until(() => tap.heldBytes() === 0);
    await tap.stop();
    await server.close();
  });

  it('to a client that never reads do not pile up in the tap', async () => {
    let written = 0;
    const server = await startRawServer(async (end) => {
      await end.saw('\r\n\r\n');
      end.socket.write('HTTP/1.1 200 OK\r\n\r\n');
      for (; written < 200; written++) await end.write(piece);
    });
    const tap = await startTapAt(server.port, link.linkPath);
    const client = await openRawClient(tap.address.port);
    client.socket.pause();
    await client.write(get('/never'));
    let before = -1;
    while (before !== written || written === 0) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    // What the kernel's socket buffers take, not more.
    expect(written).toBeLessThan(60);
    client.socket.resetAndDestroy();
    await until(() => tap.counters.open === 0);
    await tap.stop();
    await server.close();
  });
});

describe('an upstream that is not there', () => {
  it('resets the client, is counted, and is tried again by the next client', async () => {
    const tap = await startTapAt(await freePort(), null);
    const client = await openRawClient(tap.address.port);
    await client.left();
    expect(client.transcript).toEqual({ bytes: '', end: 'reset' });
    expect(tap.counters.unreachable).toBe(1);
    await until(() => tap.counters.open === 0);
    await tap.stop();
  });
});

describe('limits and draining', () => {
  it.each(['handles', 'streams'] as const)(
    'by %s, clients beyond the limit wait for a place, and more are closed at once',
    async (relayBy) => {
      const server = await startRawServer(async (end) => {
        await end.saw('\r\n\r\n');
        await end.write(ok('served'));
        await finish(end);
      });
      const tap = await startTapAt(server.port, null, { maxConnections: 1, relayBy });
      const first = await openRawClient(tap.address.port);
      await until(() => tap.counters.open === 1);
      const waiting = await Promise.all(Array.from({ length: maxWaiting }, () => openRawClient(tap.address.port)));
      const [second, third] = waiting as [End, End];
      await second.write(get('/'));
      await third.write(get('/'));
      const tooMany = await openRawClient(tap.address.port);
      await tooMany.left();
      expect(tap.counters).toMatchObject({ connections: 1, open: 1, refused: 1 });
      // One that leaves while it waits takes nobody's place.
      second.socket.resetAndDestroy();
      await first.write(get('/'));
      await first.saw('served');
      expect(third.transcript.bytes).toBe('');
      first.socket.destroy();
      await third.saw('served');
      for (const { socket } of waiting) socket.destroy();
      await until(() => tap.counters.open === 0);
      expect(tap.counters.refused).toBe(1);
      await tap.stop();
      await server.close();
    },
  );

  it('lets an exchange end, closes idle connections, and cuts what outlasts the drain', async () => {
    const answers: (() => void)[] = [];
    const server = await startRawServer(async (end) => {
      await end.saw('\r\n\r\n');
      await new Promise<void>((resolve) => answers.push(resolve));
      await end.write(ok('done'));
      await end.left();
      end.socket.end();
    });
    const tap = await startTapAt(server.port, link.linkPath);
    const [idle, busy, stuck] = await Promise.all([1, 2, 3].map(() => openRawClient(tap.address.port)));
    if (!idle || !busy || !stuck) throw new Error('three clients');
    await busy.write(get('/busy'));
    await until(() => answers.length === 1);
    await stuck.write(get('/stuck'));
    await until(() => answers.length === 2 && tap.counters.open === 3);
    const stopped = tap.stop({ drainMs: 3000 });
    await idle.left();
    answers[0]?.();
    await busy.left();
    expect(busy.transcript).toEqual({ bytes: ok('done'), end: 'fin' });
    idle.socket.end();
    busy.socket.end();
    await stopped;
    await stuck.left();
    expect(stuck.transcript.end).toBe('reset');
    expect(tap.counters.open).toBe(0);
    await server.close();
  });

  it.each(['handles', 'streams'] as const)(
    'by %s, answers the first request of a connection just opened',
    async (relayBy) => {
      const server = await startRawServer(async (end) => {
        await end.saw('\r\n\r\n');
        await end.write(ok('served'));
        await finish(end);
      });
      // Only connections younger than the tap's 250 ms are spared: a machine that stood still so long proves nothing.
      let tookMs = Number.POSITIVE_INFINITY;
      for (let trial = 0; trial < 50 && tookMs > 200; trial++) {
        const tap = await startTapAt(server.port, link.linkPath, { relayBy });
        const fromMs = performance.now();
        const fresh = await openRawClient(tap.address.port);
        await until(() => tap.counters.open === 1);
        const stopped = tap.stop();
        await fresh.write(get('/fresh'));
        tookMs = performance.now() - fromMs;
        await fresh.left();
        fresh.socket.end();
        await stopped;
        if (tookMs <= 200) expect(fresh.transcript).toEqual({ bytes: ok('served'), end: 'fin' });
      }
      expect(tookMs).toBeLessThanOrEqual(200);
      await server.close();
    },
  );
});
