// How things are said: verdicts as symbol and words (never a colour alone), shares in per cent, times for people.

const verdicts = {
  HOLDS: { symbol: '✓', words: 'within limit', kind: 'within' },
  VIOLATED: { symbol: '✗', words: 'over limit', kind: 'over' },
  REGRESSED: { symbol: '↗', words: 'regressed', kind: 'over' },
  DIFFERENT: { symbol: '≠', words: 'unlike the control', kind: 'differs' },
  UNDECIDED: { symbol: '?', words: 'not yet known', kind: 'open' },
};

/** A claim that expects a change (`at least`) is missed from below. */
export function verdictWords(verdict, relation = 'bounded') {
  const said = verdicts[verdict] ?? { symbol: '?', words: verdict, kind: 'open' };
  if (relation !== 'sensitive') return said;
  if (verdict === 'HOLDS') return { ...said, words: 'reaches limit' };
  return verdict === 'VIOLATED' ? { ...said, words: 'below limit' } : said;
}

export const watchStates = {
  QUIET: { symbol: '✓', words: 'quiet', kind: 'within' },
  REGRESSED: { symbol: '↗', words: 'over limit', kind: 'over' },
  LEARNING: { symbol: '…', words: 'learning', kind: 'open' },
  NO_DATA: { symbol: '–', words: 'no data', kind: 'open' },
};

export const runStates = {
  WARMING: 'warming up',
  RUNNING: 'running',
  COMPLETED: 'completed',
  ABORTED: 'aborted',
  STOPPED: 'stopped',
};

export const roles = {
  control: 'control (production again)',
  candidate: 'candidate (on trial)',
  fault: 'fault arm (broken on purpose)',
};

/** Why a request was left out or lost, in words. */
export const reasons = {
  share: 'not in the share that is copied',
  budget: 'the budget was used up',
  duplicate: 'seen before',
  production_failed: 'production itself failed',
  batch: 'a batch of rows',
  warm_up: 'warm-up',
  too_large: 'too large',
  run_ended: 'the run had ended',
  late: 'no time was left before its bucket closed',
  restart: 'a restart of penumbra',
  store_failed: 'could not be stored',
};

export function reasonWords(reason) {
  return reasons[reason] ?? reason.replaceAll('_', ' ');
}

/** @example percent(0.01839) is "1.84 %" */
export function percent(share) {
  if (share === null || !Number.isFinite(share)) return '–';
  return `${Number((100 * share).toPrecision(3))} %`;
}

/** Amounts of a claim: shares in per cent, PSI as the plain number it is. */
export function amount(value, metric) {
  return metric === 'psi' ? String(Number(value.toPrecision(3))) : percent(value);
}

export function whole(number) {
  return number === null || number === undefined ? '–' : Math.round(number).toLocaleString('en-US');
}

export function plural(count, one, many = `${one}s`) {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

export function milliseconds(ms) {
  return ms === null ? '–' : `${ms < 10 ? Number(ms.toPrecision(2)) : whole(ms)} ms`;
}

export function clockTime(at) {
  return new Date(at).toLocaleTimeString([], {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
}

export function dateTime(at) {
  return new Date(at)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
}

/** @example "3 min" */
export function duration(ms) {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}
