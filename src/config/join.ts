// `source.join`: how requests and answers that come apart find each other, how long they wait, and what being left alone means.
import { isJsonPointer } from '../core/json-pointer.ts';
import { formatDuration } from '../core/units.ts';
import type { IdFrom, JoinBy, JoinConfig } from './effective.ts';
import { nameOf, readShape, type Spot, show } from './shape.ts';
import { formatSize } from './sizes-and-rates.ts';
import { joinSchema } from './source-schema.ts';

const smallestMemory = 1024 * 1024;

/** `idFrom` holds where join.id says nothing; null when it was reported already. */
export function readJoin(spot: Spot, idFrom: IdFrom | null): JoinConfig | null {
  const before = spot.problems.count();
  const shape = readShape(joinSchema, { ...spot, value: spot.value ?? {} });
  if (!shape) return null;
  const id = shape.id ?? (idFrom === null ? 'header x-request-id' : textOf(idFrom));
  const by = readBy(id);
  if (by === null) {
    const at = [...spot.path, 'id'];
    const allowed = '"header NAME", "traceparent" or "body /pointer", such as header x-request-id';
    spot.problems.at(at, `${nameOf(at)} requires ${allowed}, got ${show(id)}`);
  }
  if (shape.memory < smallestMemory)
    spot.problems.at([...spot.path, 'memory'], `${nameOf(spot.path)}.memory requires at least 1MiB`);
  if (by === null || spot.problems.count() > before) return null;
  return { by, withinMs: shape.within, maxBytes: shape.memory, unanswered: shape.unanswered };
}

function textOf({ from, name }: IdFrom): string {
  return from === 'body' ? `body /${name}` : `${from} ${name}`;
}

function readBy(text: string): JoinBy | null {
  const [from, name = '', ...more] = text.trim().split(/\s+/);
  if (more.length > 0) return null;
  if (from === 'traceparent' && name === '') return { from: 'trace' };
  if (from === 'header' && /^[\w-]+$/.test(name)) return { from, name: name.toLowerCase() };
  return from === 'body' && isJsonPointer(name) ? { from, pointer: name } : null;
}

export function joinText({ by, withinMs, maxBytes, unanswered }: JoinConfig) {
  const id = by.from === 'trace' ? 'traceparent' : by.from === 'header' ? `header ${by.name}` : `body ${by.pointer}`;
  return { id, within: formatDuration(withinMs), memory: formatSize(maxBytes), unanswered };
}
