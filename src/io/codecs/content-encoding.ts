// Compressed bodies, for every codec in one place: gzip and deflate are undone within limits before a codec sees the message.
// A copy that was changed is sent plain: its own length is smaller work than the time to compress it again.
import { gunzipSync, inflateRawSync, inflateSync } from 'node:zlib';
import type { TObject } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import { messageOf } from '../../errors.ts';
import type { Headers } from '../../model.ts';
import type { Codec } from '../ports.ts';
import { coded, Malformed, type UndecodableCode } from './malformed.ts';

/** No body becomes larger than this. */
const maxBytes = 16 * 1024 * 1024;
/** Beyond `freeBytes` no body becomes larger than this many times itself: what does is a decompression bomb. */
const maxTimes = 200;
const freeBytes = 1024 * 1024;
/** More layers than this are nobody's ordinary message. */
const maxLayers = 2;

interface Encoded {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

/** The same kind, whose codecs also understand compressed messages. */
export function uncompressing<Options extends TObject>(kind: Kind<Options, Codec>): Kind<Options, Codec> {
  return {
    ...kind,
    create(options) {
      const codec = kind.create(options);
      return {
        ...codec,
        decodeRequest: (message) => codec.decodeRequest(plain(message, 'REQUEST_UNDECODABLE')),
        decodeAnswer: (message) => codec.decodeAnswer(plain(message, 'ANSWER_UNDECODABLE')),
        encodeRequest: (request, original) => codec.encodeRequest(request, plain(original, 'REQUEST_UNDECODABLE')),
      };
    },
  };
}

/**
 * The message without its content-encoding; itself when it has none.
 * @throws PenumbraError with this code for an unknown encoding, a damaged body, and one that becomes too large
 */
export function plain<Message extends Encoded>(message: Message, code: UndecodableCode): Message {
  if (message.headers['content-encoding'] === undefined) return message;
  const { 'content-encoding': written, ...headers } = message.headers;
  return coded(code, () => {
    const layers = written
      .toLowerCase()
      .split(',')
      .map((layer) => layer.trim())
      .filter((layer) => layer !== '' && layer !== 'identity');
    if (layers.length > maxLayers)
      throw new Malformed(`content-encoding requires at most ${maxLayers} layers, not ${layers.length}`);
    // The last one written was applied last.
    const body = layers.reduceRight<Uint8Array>((bytes, layer) => undo(layer, bytes), message.body);
    return { ...message, headers, body };
  });
}

function undo(layer: string, body: Uint8Array): Uint8Array {
  const maxOutputLength = Math.min(maxBytes, Math.max(freeBytes, maxTimes * body.length));
  try {
    if (layer === 'gzip' || layer === 'x-gzip') return gunzipSync(body, { maxOutputLength });
    if (layer === 'deflate')
      return isZlib(body) ? inflateSync(body, { maxOutputLength }) : inflateRawSync(body, { maxOutputLength });
  } catch (thrown) {
    const isBomb = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE';
    if (isBomb)
      throw new Malformed(`a body of ${body.length} bytes requires at most ${maxOutputLength} bytes behind ${layer}`);
    throw new Malformed(`the body is no ${layer}: ${messageOf(thrown)}`);
  }
  throw new Malformed(`content-encoding requires gzip, deflate or identity, not ${JSON.stringify(layer.slice(0, 40))}`);
}

/** Servers disagree whether "deflate" has the two bytes of zlib in front (RFC 1950) or not (RFC 1951). */
function isZlib(body: Uint8Array): boolean {
  const [first = 0, second = 0] = body;
  return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0;
}
