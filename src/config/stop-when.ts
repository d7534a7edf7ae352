// `stopWhen`: what in production aborts a run, said as "production.p99 above 250ms" or "production.errors above 1%".
import { parseDurationMs, parseShare } from '../core/units.ts';
import type { StopCondition } from '../model.ts';
import { suggestion } from './nearest.ts';
import { stopSchema } from './schema.ts';
import { childOf, listed, listOf, readShape, type Spot, show } from './shape.ts';

const signals: readonly StopCondition['signal'][] = ['production.p50', 'production.p99', 'production.errors'];

export function readStopConditions(spot: Spot): readonly StopCondition[] {
  const entries = listOf(spot, 'conditions such as "production.p99 above 250ms" or "production.errors above 1%"');
  return entries.flatMap((entry) => readCondition(entry) ?? []);
}

function readCondition(spot: Spot): StopCondition | null {
  const isText = typeof spot.value === 'string';
  const whole: Spot = isText ? { ...spot, value: { when: spot.value } } : spot;
  const shape = readShape(stopSchema, whole);
  const written = isText ? spot : childOf(spot, 'when');
  const read = shape && readWhen(shape.when, written);
  if (!shape || !read) return null;
  return { text: shape.when, ...read, windowMs: shape.window, minCount: shape.minCount, windows: shape.windows };
}

function readWhen(text: string, { path, problems }: Spot): Pick<StopCondition, 'signal' | 'above'> | null {
  const [name = '', above, limit = ''] = text.trim().split(/\s+/);
  const signal = signals.find((known) => known === name);
  if (!signal) {
    problems.at(
      path,
      `stop condition ${show(text)} names no known signal${suggestion(name, signals)}; known: ${listed(signals)}`,
    );
    return null;
  }
  const value = above === 'above' ? limitOf(signal, limit) : null;
  if (value !== null) return { signal, above: value };
  const allowed = signal === 'production.errors' ? 'above 1%' : 'above 250ms';
  problems.at(path, `a stop condition on ${signal} requires "${signal} ${allowed}", got ${show(text)}`);
  return null;
}

function limitOf(signal: StopCondition['signal'], written: string): number | null {
  try {
    const value = signal === 'production.errors' ? parseShare(written) : parseDurationMs(written);
    return value > 0 && (signal !== 'production.errors' || value < 1) ? value : null;
  } catch {
    return null;
  }
}
