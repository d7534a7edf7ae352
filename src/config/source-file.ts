// `source.file`: a recording instead of live traffic, and how fast it is read.
import { resolve } from 'node:path';
import { Type } from 'typebox';
import type { FileConfig } from './effective.ts';
import { text } from './fields.ts';
import { readShape, type Spot, show } from './shape.ts';

const fileSchema = Type.Object(
  {
    path: text('the recording: a capture of GoReplay, or one exchange a line; gzip when the name ends in .gz'),
    format: Type.Optional(Type.Enum(['goreplay', 'jsonl'])),
    speed: text('recorded, a multiple of it such as 2x or 0.5x, or as fast as possible', { default: 'recorded' }),
  },
  { additionalProperties: false },
);

export function readFileSource(spot: Spot, directory: string): FileConfig | null {
  const shape = readShape(fileSchema, spot);
  if (!shape) return null;
  const speed = speedOf(shape.speed);
  if (speed === undefined) {
    const message = `source.file.speed requires recorded, a multiple such as 2x (0.01x to 1000x), or as fast as possible, got ${show(shape.speed)}`;
    spot.problems.at([...spot.path, 'speed'], message);
    return null;
  }
  return { path: resolve(directory, shape.path), format: shape.format ?? null, speed };
}

export function fileText({ path, format, speed }: FileConfig) {
  return { path, format: format ?? undefined, speed: speed === null ? asFast : speed === 1 ? 'recorded' : `${speed}x` };
}

const asFast = 'as fast as possible';

/** Null: as fast as possible; undefined: none of them. */
function speedOf(written: string): number | null | undefined {
  if (written === 'recorded') return 1;
  if (written === asFast) return null;
  const times = Number(/^(\d+(?:\.\d+)?)x$/.exec(written)?.[1] ?? Number.NaN);
  return times >= 0.01 && times <= 1000 ? times : undefined;
}
