// Collects one header block from the bytes that come in: where it ends, and what came behind it stays for the body.
import type { Inflow } from '../inflow.ts';

export interface RawHead {
  /** As it came, empty lines in front and the empty line behind included. */
  readonly bytes: Buffer;
  /** The lines, without the empty lines. */
  readonly text: string;
}

const maxHeadBytes = 64 * 1024;
const [cr, lf] = [13, 10];

/** 'end': the sender ended between messages · 'bad': it ended inside one, or the block is too long. */
export async function readHead(inflow: Inflow): Promise<RawHead | 'end' | 'bad'> {
  let bytes = await inflow.next();
  for (;;) {
    if (bytes === null) return 'end';
    const start = skipEmptyLines(bytes);
    const end = bytes.indexOf('\r\n\r\n', start, 'latin1');
    if (end >= 0) {
      inflow.unread(bytes.subarray(end + 4));
      return { bytes: bytes.subarray(0, end + 4), text: bytes.toString('latin1', start, end) };
    }
    if (bytes.length > maxHeadBytes) return 'bad';
    const more = await inflow.next();
    if (more === null) return start === bytes.length ? 'end' : 'bad';
    bytes = Buffer.concat([bytes, more]);
  }
}

/** RFC 9112 §2.2: empty lines in front of a request are skipped. */
function skipEmptyLines(bytes: Buffer): number {
  let at = 0;
  while (bytes[at] === cr && bytes[at + 1] === lf) at += 2;
  return at;
}
