// `drill`: what is planted where, what must notice it and by when. Everything has a default; what cannot be drilled is said here, with its
// place, and not at three in the morning by a schedule.
import { formatDuration } from '../core/units.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { isZone, readCron } from '../io/cron.ts';
import { choose, type DrillSetting, isKnown, type Known } from './drill-choice.ts';
import { type DrillConfig, type DrillTimes, drillName } from './drill-config.ts';
import { drillBudgetSchema, drillScheduleSchema, drillSchema } from './drill-schema.ts';
import { readPerturbations } from './perturbations.ts';
import { childOf, isRecord, nameOf, readShape, type Spot } from './shape.ts';
import { readStopConditions } from './stop-when.ts';

/** The drill of a whole config; null when it says nothing of one, or when anything was reported. */
export function readDrillOf(
  whole: Spot,
  setting: Omit<DrillSetting, 'experimentsAreComplete' | 'hasAlerts'>,
): DrillConfig | null {
  const written = childOf(whole, 'experiments');
  refuseDrillName(written);
  if (!isRecord(whole.value) || !Object.hasOwn(whole.value, drillName)) return null;
  return readDrill(childOf(whole, drillName), {
    ...setting,
    experimentsAreComplete:
      !isRecord(written.value) || Object.keys(written.value).length === setting.experiments.length,
    hasAlerts: childOf(whole, 'alerts').value !== undefined,
  });
}

/** Null when anything was reported. */
function readDrill(spot: Spot, setting: DrillSetting): DrillConfig | null {
  const { path, problems } = spot;
  const before = problems.count();
  // `drill:` with nothing after it is a drill with every default.
  const written = { ...spot, value: spot.value ?? {} };
  const shape = readShape(drillSchema, written);
  const budget = readShape(drillBudgetSchema, orEmpty(childOf(written, 'budget')));
  const planted = readPerturbations(childOf(written, 'perturb'), setting.inputs);
  const stopWhen = readStopConditions(childOf(written, 'stopWhen'), setting);
  const schedule = readTimes(childOf(written, 'schedule'), shape?.within);
  if (!setting.hasAlerts)
    problems.atKey(
      path,
      'drill requires alerts: without a sink no alert can arrive anywhere, such as alerts: [{alertmanager: "http://127.0.0.1:9093"}]',
    );
  if (!shape || !budget || !isKnown(setting) || problems.count() > before) return null;
  const { experiment, arm, decision } = shape;
  const asked = { experiment, arm, decision, perturbations: planted };
  const chosen = choose(asked, setting, (key, message) =>
    key === null ? problems.atKey(path, message) : problems.at([...path, key], message),
  );
  if (chosen === null) return null;
  if (shape.within <= chosen.of.bucketMs + chosen.of.joinDeadlineMs) {
    problems.at([...path, 'within'], 'drill.within requires more than bucket + joinDeadline: no bucket would close');
    return null;
  }
  return {
    experiment: chosen.of.name,
    arm: chosen.arm.name,
    perturbations: chosen.perturbations,
    decisions: chosen.decisions,
    tolerance: shape.limit,
    share: shape.share,
    withinMs: shape.within,
    maxRequestsPerSecond: budget.requests,
    maxRequests: budget.total,
    stopWhen: stopWhen.length > 0 ? stopWhen : chosen.of.stopWhen,
    receiver: shape.receiver ?? null,
    schedule,
  };
}

/** The drill of a config that says nothing of one. @throws PenumbraError DRILL_CANNOT_START */
export function defaultDrill(setting: Known): DrillConfig {
  const refuse = (_place: unknown, message: string): never => {
    throw new PenumbraError('DRILL_CANNOT_START', message);
  };
  const problems = { at: refuse, atKey: refuse, warn: () => {}, count: () => 0, errors: () => [], warnings: () => [] };
  return readDrill({ value: {}, path: [drillName], problems }, setting) as DrillConfig;
}

/** The name is the drill's own: gates, alerts and runs know it by that. */
function refuseDrillName(experiments: Spot): void {
  if (!isRecord(experiments.value) || !Object.hasOwn(experiments.value, drillName)) return;
  const message = `an experiment cannot be called ${drillName}: that is the name of the check of the alarm itself`;
  experiments.problems.atKey([...experiments.path, drillName], message);
}

function readTimes(spot: Spot, withinMs: number | undefined): DrillTimes | null {
  if (spot.value === undefined) return null;
  const shape = readShape(drillScheduleSchema, spot);
  if (shape === null) return null;
  const { path, problems } = spot;
  const { every, at, zone } = shape;
  if ((every === undefined) === (at === undefined)) {
    problems.at(path, `${nameOf(path)} requires either every: 24h or at: "0 9 * * 1"`);
    return null;
  }
  if (zone !== undefined && (at === undefined || !isZone(zone))) {
    const why = at === undefined ? 'is the zone of a cron line: every has none' : 'is no time zone that is known here';
    problems.at([...path, 'zone'], `${zone} ${why}`);
    return null;
  }
  if (every !== undefined && withinMs !== undefined && every <= withinMs) {
    problems.at([...path, 'every'], `${nameOf(path)}.every requires more than within (${formatDuration(withinMs)})`);
    return null;
  }
  return at === undefined ? { everyMs: every as number } : readAt(childOf(spot, 'at'), { at, zone: zone ?? 'UTC' });
}

function readAt({ path, problems }: Spot, { at, zone }: { at: string; zone: string }): DrillTimes | null {
  try {
    readCron(at, { zone });
    return { at, zone };
  } catch (thrown) {
    problems.at(path, messageOf(thrown));
    return null;
  }
}

function orEmpty(spot: Spot): Spot {
  return { ...spot, value: spot.value ?? {} };
}
