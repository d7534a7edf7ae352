// `stopWhen`: what in production aborts a run, said as "production.p99 above 250ms" or "production.errors above 1%".
import { parseDurationMs, parseShare } from '../core/units.ts';
import type { ProductionStop, StopCondition } from '../model.ts';
import { suggestion } from './nearest.ts';
import type { SecretSetting } from './secret-fields.ts';
import { childOf, isRecord, listed, listOf, readShape, type Spot, show } from './shape.ts';
import { readQueryStop } from './stop-query.ts';
import { stopSchema } from './stop-schema.ts';

const signals: readonly ProductionStop['signal'][] = ['production.p50', 'production.p99', 'production.errors'];

export function readStopConditions(spot: Spot, setting: SecretSetting): readonly StopCondition[] {
  const entries = listOf(spot, 'conditions such as "production.p99 above 250ms" or "production.errors above 1%"');
  return entries.flatMap((entry) => {
    const isQuery = isRecord(entry.value) && 'prometheus' in entry.value;
    return (isQuery ? readQueryStop(entry, setting) : readCondition(entry)) ?? [];
  });
}

function readCondition(spot: Spot): ProductionStop | null {
  const isText = typeof spot.value === 'string';
  const whole: Spot = isText ? { ...spot, value: { when: spot.value } } : spot;
  const shape = readShape(stopSchema, whole);
  const written = isText ? spot : childOf(spot, 'when');
  const read = shape && readWhen(shape.when, written);
  if (!shape || !read) return null;
  return { text: shape.when, ...read, windowMs: shape.window, minCount: shape.minCount, windows: shape.windows };
}

function readWhen(text: string, { path, problems }: Spot): Pick<ProductionStop, 'signal' | 'above'> | null {
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

function limitOf(signal: ProductionStop['signal'], written: string): number | null {
  try {
    const value = signal === 'production.errors' ? parseShare(written) : parseDurationMs(written);
    return value > 0 && (signal !== 'production.errors' || value < 1) ? value : null;
  } catch {
    return null;
  }
}
