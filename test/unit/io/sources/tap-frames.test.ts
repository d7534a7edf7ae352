// Frames as the tap writes them, in any pieces, come out as they went in; bytes that are no frame end the reading.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, linkProtocol, type TapFrame } from '../../../../src/io/sources/tap-frames.ts';
import { createCounters } from '../../../../src/tap/counters.ts';
import { encodeFrameStart, linkProtocol as tapProtocol } from '../../../../src/tap/frame.ts';

const epoch = '0123456789abcdef';

const exchangeFrame = (serial: number, request: Buffer, answer: Buffer): Buffer =>
  Buffer.concat([
    encodeFrameStart(
      {
        type: 'exchange',
        epoch,
        connection: 3,
        sequence: 9,
        serial,
        arrivedAt: 1_700_000_000_123,
        latencyMs: 1.25,
        requestBytes: request.length,
        answerBytes: answer.length,
      },
      request.length + answer.length,
    ),
    request,
    answer,
  ]);

function readAll(pieces: Iterable<Buffer>): { frames: TapFrame[]; isSound: boolean } {
  const reader = createFrameReader();
  const frames: TapFrame[] = [];
  for (const piece of pieces) if (!reader.read(piece, (frame) => frames.push(frame))) return { frames, isSound: false };
  return { frames, isSound: true };
}

describe('frames', () => {
  it('both ends speak the same protocol', () => {
    expect(linkProtocol).toBe(tapProtocol);
  });

  it('come out whole from any pieces', () => {
    const payload = fc.uint8Array({ maxLength: 300 });
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(fc.tuple(payload, payload), { minLength: 1, maxLength: 6 }), cuts, (payloads, sizes) => {
        const hello = encodeFrameStart({ type: 'hello', protocol: linkProtocol, epoch, serial: 0 });
        const status = encodeFrameStart({ type: 'status', epoch, serial: 7, ...createCounters() });
        const sent = payloads.map(([request, answer], n) =>
          exchangeFrame(n, Buffer.from(request), Buffer.from(answer)),
        );
        const stream = Buffer.concat([hello, ...sent, status]);
        const pieces: Buffer[] = [];
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(stream.subarray(at, at + size));
          at += size;
        }
        const { frames, isSound } = readAll(pieces);
        expect(isSound).toBe(true);
        expect(frames.map(({ type }) => type)).toEqual(['hello', ...payloads.map(() => 'exchange'), 'status']);
        for (const [index, [request, answer]] of payloads.entries()) {
          const frame = frames[index + 1];
          if (frame?.type !== 'exchange') throw new Error('an exchange');
          expect(Buffer.compare(frame.request, request) + Buffer.compare(frame.answer, answer)).toBe(0);
          expect(frame).toMatchObject({ epoch, connection: 3, sequence: 9, serial: index, latencyMs: 1.25 });
        }
      }),
    );
  });

  const sound = exchangeFrame(1, Buffer.from('ab'), Buffer.from('c'));
  const broken: readonly [string, Buffer][] = [
    ['a length beyond every limit', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a length too short for a header', Buffer.from([0, 0, 0, 3, 0, 0, 0])],
    ['a header longer than the frame', Buffer.from([0, 0, 0, 4, 0, 0, 0, 9])],
    ['a header that is no JSON', Buffer.from([0, 0, 0, 6, 0, 0, 0, 2, 0x7b, 0x7b])],
    ['a header of no known type', encodeFrameStart({ type: 'other' } as never)],
    [
      'sizes that do not add up',
      Buffer.from(sound.toString('latin1').replace('"answerBytes":1', '"answerBytes":2'), 'latin1'),
    ],
    ['negative sizes', Buffer.from(sound.toString('latin1').replace('"requestBytes":2', '"requestBytes":-'), 'latin1')],
    [
      'a status with a payload',
      Buffer.concat([encodeFrameStart({ type: 'hello', protocol: 1, epoch, serial: 0 }, 1), sound]),
    ],
    ['an epoch that is none', encodeFrameStart({ type: 'hello', protocol: 1, epoch: '../../etc', serial: 0 })],
  ];
  it.each(broken)('end the reading: %s', (_name, bytes) => {
    const { frames, isSound } = readAll([sound, bytes]);
    expect(frames).toHaveLength(1);
    expect(isSound).toBe(false);
  });
});
