// The bytes that HTTP/1.1 framing is made of, and the tables that say which byte may stand where (RFC 9110 §5, RFC 9112).

export const tab = 0x09;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;
export const comma = 0x2c;
export const colon = 0x3a;
export const semicolon = 0x3b;

/** 1 where the byte may stand in a method or a field name. */
export const tokenTable = tableOf("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

/** Letters, digits and the few signs of which methods and field names consist. */
export function isTokenByte(byte: number): boolean {
  return tokenTable[byte] === 1;
}

/** Anything but a control character; horizontal tab is allowed. */
export function isTextByte(byte: number): boolean {
  return byte >= space ? byte !== 0x7f : byte === tab;
}

export function isBlank(byte: number): boolean {
  return byte === space || byte === tab;
}

/** Whether the bytes from `from` up to `to` spell `text`, exactly. */
export function spells(bytes: Uint8Array, text: string, { from, to }: { from: number; to: number }): boolean {
  if (to - from !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    if (bytes[from + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** As `spells`, letters compared without case; `text` must be lower case. */
export function spellsLoosely(bytes: Uint8Array, text: string, { from, to }: { from: number; to: number }): boolean {
  if (to - from !== text.length) return false;
  for (let index = 0; index < text.length; index++) {
    const byte = bytes[from + index] ?? 0;
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== text.charCodeAt(index)) return false;
  }
  return true;
}

function tableOf(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (let index = 0; index < text.length; index++) table[text.charCodeAt(index)] = 1;
  return table;
}
