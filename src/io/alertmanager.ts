// Whether an Alertmanager holds an alert, by its documented API (GET /api/v2/alerts): the proof of a drill that an alert has arrived.
import { request } from 'undici';
import { readCapped } from './read-capped.ts';

export interface Sought {
  /** The run's id, which some label or annotation of the alert must be. */
  readonly run: string;
  /** Or else the alert's key, of an alert that began with this drill; null where it is not known. */
  readonly key: string | null;
  readonly since: number;
}

const maxAnswerBytes = 8 * 1024 * 1024;
const deadlineMs = 5000;

/** Silenced and inhibited alerts count: they have arrived. Rejects in words when it cannot be asked. */
export async function isAtAlertmanager(url: string, sought: Sought): Promise<boolean> {
  // Whole paths, so that an Alertmanager under a route prefix is asked there.
  const answer = await request(`${url.replace(/\/+$/, '')}/api/v2/alerts`, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(deadlineMs),
  });
  const text = await readCapped(answer.body, { maxBytes: maxAnswerBytes });
  if (answer.statusCode !== 200) throw new Error(`${url} answered HTTP ${answer.statusCode}`);
  const alerts: unknown = JSON.parse(text);
  if (!Array.isArray(alerts)) throw new Error(`${url} answered something other than a list of alerts`);
  return alerts.some((alert) => isSought(alert as Held, sought));
}

interface Held {
  readonly labels?: Readonly<Record<string, unknown>>;
  readonly annotations?: Readonly<Record<string, unknown>>;
  readonly startsAt?: string;
}

/** Clocks may differ a little. */
const skewMs = 5000;

function isSought({ labels, annotations, startsAt = '' }: Held, { run, key, since }: Sought): boolean {
  const values = [...Object.values(labels ?? {}), ...Object.values(annotations ?? {})];
  return values.includes(run) || (key !== null && values.includes(key) && Date.parse(startsAt) >= since - skewMs);
}
