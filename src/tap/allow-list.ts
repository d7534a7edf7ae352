// Which requests may be copied at all: by method and by path, as an operator lists them. Anything else is relayed and
// neither sampled nor counted as lost.
import type { Head } from './head.ts';

/** Matching a longer one could take long. */
const longestTarget = 4096;

/** The request's head lies in `source` from `from`. */
export type AllowList = (head: Head, source: Uint8Array, from: number) => boolean;

export interface AllowListOptions {
  /** Exact methods such as POST; empty: any. */
  readonly methods: readonly string[];
  /** Paths without query; `*` stands for one segment or a part of one, `**` for anything. Empty: any. */
  readonly routes: readonly string[];
}

/** Null when everything may be copied. */
export function createAllowList({ methods, routes }: AllowListOptions): AllowList | null {
  if (methods.length === 0 && routes.length === 0) return null;
  const allowedMethods = new Set(methods);
  const patterns = routes.map(patternOf);
  return ({ methodBytes, targetBytes }, source, from) => {
    if (allowedMethods.size > 0 && !allowedMethods.has(textOf(source, { from, to: from + methodBytes }))) return false;
    if (patterns.length === 0) return true;
    if (targetBytes > longestTarget) return false;
    const targetFrom = from + methodBytes + 1;
    const path = pathOf(textOf(source, { from: targetFrom, to: targetFrom + targetBytes }));
    return patterns.some((pattern) => pattern.test(path));
  };
}

function patternOf(route: string): RegExp {
  const parts = route.split(/(\*{1,2})/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** Of origin-form targets and of absolute ones. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '');
  const end = path.search(/[?#]/);
  return end === -1 ? path : path.slice(0, end);
}

function textOf(source: Uint8Array, { from, to }: { from: number; to: number }): string {
  let text = '';
  for (let at = from; at < to; at++) text += String.fromCharCode(source[at] as number);
  return text;
}
