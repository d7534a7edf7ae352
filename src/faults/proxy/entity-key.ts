// Which text of a request decides whether it falls into a share: its entity key, its path, or nothing (each request anew).
// With the key, the comparator's `dependency` fault computes the same choice from the seed alone.
import { PenumbraError } from '../../errors.ts';

/** The key of a request target, or null where the pattern does not match. */
export type ReadKey = (target: string) => string | null;

/**
 * `request`: null, no key; `path`: the path with its query; a pattern such as `/features/{key}` or `/rows?id={key}`.
 * @throws PenumbraError USAGE
 */
export function keyReaderOf(pattern: string): ReadKey | null {
  if (pattern === 'request') return null;
  if (pattern === 'path') return pathOf;
  const parts = pattern.split('{key}');
  if (!pattern.startsWith('/') || parts.length !== 2)
    throw new PenumbraError(
      'USAGE',
      `key requires request, path or a pattern such as /features/{key}, not "${pattern}"`,
    );
  const hasQuery = pattern.includes('?');
  const [before = '', behind = ''] = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const form = new RegExp(`^${before}([^/?&#]+)${behind}$`);
  return (target) => {
    const path = pathOf(target);
    const found = form.exec(hasQuery ? path : (path.split('?', 1)[0] ?? ''));
    return found?.[1] === undefined ? null : decoded(found[1]);
  };
}

/** Without scheme and authority, which only the absolute form has. */
function pathOf(target: string): string {
  return target.startsWith('/') ? target : target.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?]*/, '') || '/';
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
