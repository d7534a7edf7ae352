// Bytes where the nouns know only text: valid UTF-8 is itself, everything else is base64 behind a prefix, and comes back as the same
// bytes. Tensors of BYTES and the `b64` objects of TensorFlow Serving use it.

const prefix = 'data:;base64,';
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function textOfBytes(bytes: Uint8Array): string {
  try {
    const text = utf8.decode(bytes);
    // Text that looks like the other form takes it, so that the way back is never in doubt.
    if (!text.startsWith(prefix)) return text;
  } catch {
    // No UTF-8.
  }
  return textOfBase64(Buffer.from(bytes).toString('base64'));
}

export function bytesOfText(text: string): Buffer {
  const base64 = base64OfText(text);
  return base64 === null ? Buffer.from(text) : Buffer.from(base64, 'base64');
}

export function textOfBase64(base64: string): string {
  return `${prefix}${base64}`;
}

/** Null for ordinary text. */
export function base64OfText(text: string): string | null {
  return text.startsWith(prefix) ? text.slice(prefix.length) : null;
}
