// The JSON of a request as it was meant, for whoever looks into it beside the codec: uncompressed, and without tensors behind it.
import type { RequestMessage } from '../../model.ts';
import { parseJson } from '../json.ts';
import { plain } from './content-encoding.ts';
import { jsonLengthHeader } from './open-inference-v2/messages.ts';

/** Undefined where there is no such JSON. Total. */
export function documentOf(message: RequestMessage): unknown {
  try {
    const { headers, body } = plain(message, 'REQUEST_UNDECODABLE');
    const length = headers[jsonLengthHeader];
    return parseJson(length === undefined ? body : body.subarray(0, Number(length)));
  } catch {
    return undefined;
  }
}
