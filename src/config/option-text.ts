// A metric's options as a config writes them: durations without `Ms` in their names and with their unit.
import { formatDuration } from '../core/units.ts';

/** @example writtenOptions({ withinMs: 5000 }) // { within: '5s' } */
export function writtenOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) =>
      isDuration(name) ? [writtenName(name), formatDuration(Number(value))] : [name, value],
    ),
  );
}

export function isDuration(name: string): boolean {
  return name.endsWith('Ms');
}

export function writtenName(name: string): string {
  return isDuration(name) ? name.slice(0, -2) : name;
}
