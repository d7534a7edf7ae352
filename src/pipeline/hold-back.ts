// What is not said while something else explains it, by the rules that config/prometheus/alertmanager.yaml gives an Alertmanager: production
// itself has changed, so its shadows differ from it; the control differs, so nothing can be said about the arms beside it.
import type { Alert } from '../model.ts';

/** Whether one of these explains the alert. They are all of one service. */
export function isExplained({ cause, experiment }: Alert, firing: readonly Alert[]): boolean {
  return firing.some(
    (other) =>
      (other.cause === 'production' && (cause === 'arm' || cause === 'control')) ||
      (other.cause === 'control' && cause === 'arm' && other.experiment === experiment),
  );
}
