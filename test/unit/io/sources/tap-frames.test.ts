// Frames as the tap writes them, in any pieces, come out as they went in; bytes that are no frame end the reading.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader, linkProtocol, type TapFrame } from '../../../../src/io/sources/tap-frames.ts';
import { createCounters } from '../../../../src/tap/counters.ts';
import { linkProtocol as tapProtocol } from '../../../../src/tap/frame.ts';
import { exchangeFrame, jsonFrame } from '../../../support/tap-frame-bytes.ts';

const epoch = '0123456789abcdef';

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
        const hello = jsonFrame({ type: 'hello', protocol: linkProtocol, epoch, serial: 0 });
        const status = jsonFrame({ type: 'status', serial: 7, ...createCounters() });
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
          expect(frame).toMatchObject({ connection: 4, sequence: 5, serial: index, arrivedAt: 1000.5, latencyMs: 2 });
        }
      }),
    );
  });

  const sound = exchangeFrame(1, Buffer.from('ab'), Buffer.from('c'));
  const hello = jsonFrame({ type: 'hello', protocol: linkProtocol, epoch, serial: 0 });
  const withWord = (frame: Buffer, at: number, value: number): Buffer => {
    const changed = Buffer.from(frame);
    new Uint32Array(changed.buffer, changed.byteOffset + at, 1)[0] = value;
    return changed;
  };
  const withDouble = (frame: Buffer, at: number, value: number): Buffer => {
    const changed = Buffer.from(frame);
    new DataView(changed.buffer, changed.byteOffset).setFloat64(at, value, true);
    return changed;
  };
  const broken: readonly [string, Buffer][] = [
    ['a length beyond every limit', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a length too short for a header', withWord(sound, 0, 8)],
    ['an exchange without room for its numbers', withWord(sound, 0, 16)],
    ['a JSON longer than the frame', withWord(hello, 8, 5000)],
    ['a JSON that is none', Buffer.from(hello.toString('latin1').replace('{', '['), 'latin1')],
    ['no known kind', withWord(sound, 4, 9)],
    ['a status that is a hello', withWord(hello, 4, 3)],
    ['sizes that do not add up', withWord(sound, 52, 100)],
    ['sizes beyond the frame', withWord(sound, 48, 4294967288)],
    ['a serial number that is no whole number', withDouble(sound, 8, 1.5)],
    ['a negative latency', withDouble(sound, 40, -1)],
    ['a time that is none', withDouble(sound, 32, Number.NaN)],
    ['an epoch that is none', jsonFrame({ type: 'hello', protocol: 1, epoch: '../../etc', serial: 0 })],
  ];
  it.each(broken)('end the reading: %s', (_name, bytes) => {
    const { frames, isSound } = readAll([sound, bytes]);
    expect(frames).toHaveLength(1);
    expect(isSound).toBe(false);
  });
});
