// What penumbra would start and strike, in words, for `validate`.
import { formatDuration } from '../core/units.ts';
import type { Arm, KindUse } from '../model.ts';
import { commandLine } from './command-target.ts';
import { processFaultOf } from './process-faults.ts';

/** Lines of an experiment; empty where no arm is a command and none is struck. */
export function processMeaning(arms: readonly Arm[]): readonly string[] {
  return arms.flatMap((arm) => {
    const { name, target, faults } = arm;
    const use = processFaultOf(faults);
    const started =
      target?.type === 'command' ? [`starts ${name}: ${commandLine(target)}, asked at ${target.url}`] : [];
    return use === undefined ? started : [...started, `strikes ${name}: ${strikeText(use, arm)}${hookText(arm, use)}`];
  });
}

function strikeText({ type, options }: KindUse, { hooks }: Arm): string {
  const ms = (key: string): string => formatDuration(Number(options[key]));
  const what: Record<string, () => string> = {
    kill: () => (hooks ? 'killed' : `${String(options.signal)}, started again at once, asked again when it is ready`),
    oom: () => `${hooks ? 'killed' : 'SIGKILL'}, started again after ${ms('backOffMs')}, doubling up to 5m`,
    pause: () => `stands still for ${ms('pauseMs')}`,
    coldStart: () => `${hooks ? 'killed' : 'SIGKILL'}, started again and asked at once`,
  };
  const jitter = Number(options.jitterMs) > 0 ? ` and up to ${ms('jitterMs')} later` : '';
  const first = options.afterMs === undefined ? '' : `, first after ${ms('afterMs')}`;
  const hit = `requests sent within ${ms('settleMs')} of a strike count as hit`;
  return `every ${ms('everyMs')}${jitter}${first}: ${what[type]?.() ?? type}; ${hit}`;
}

function hookText({ hooks }: Arm, { type }: KindUse): string {
  if (hooks === undefined) return '';
  const names = type === 'pause' ? (['pause', 'resume'] as const) : (['kill', 'start'] as const);
  const done = names.flatMap((name) => (hooks[name] === undefined ? [] : [`${name} by ${hooks[name].join(' ')}`]));
  const left = type === 'pause' || hooks.start !== undefined ? '' : '; whoever looks after the pod starts it again';
  return `; ${done.join(', ')}${left}`;
}
