// `degradedWhen`: how the service marks an honest fallback, such as `degradedWhen: {header: x-fallback}`. An answer with the mark is not
// silent, whatever it says.
import { isJsonPointer } from '../core/json-pointer.ts';
import type { DegradedMark } from '../model.ts';
import { degradedSchema } from './schema.ts';
import { nameOf, readShape, type Spot } from './shape.ts';

/** Null without the key, or when something was reported. */
export function readDegradedWhen(spot: Spot): DegradedMark | null {
  if (spot.value === undefined) return null;
  const { path, problems } = spot;
  const shape = readShape(degradedSchema, spot);
  if (!shape) return null;
  const { header, at, status, is } = shape;
  if ([header, at, status].filter((one) => one !== undefined).length !== 1) {
    problems.atKey(path, `${nameOf(path)} requires one of header: NAME, at: /json/pointer or status: 203`);
    return null;
  }
  const written = is === undefined ? null : String(is);
  if (header !== undefined) return { type: 'header', header: header.toLowerCase(), is: written };
  if (at !== undefined) {
    if (isJsonPointer(at)) return { type: 'pointer', pointer: at, is: written };
    problems.at(
      [...path, 'at'],
      `${nameOf([...path, 'at'])} requires a JSON Pointer into the answer, such as /parameters/fallback`,
    );
    return null;
  }
  if (is !== undefined) problems.atKey([...path, 'is'], 'is belongs to header or at: a status is its own mark');
  return { type: 'status', status: status as number };
}

/** As a config writes it. */
export function degradedText(mark: DegradedMark) {
  if (mark.type === 'status') return { status: mark.status };
  const where = mark.type === 'header' ? { header: mark.header } : { at: mark.pointer };
  return { ...where, is: mark.is ?? undefined };
}
