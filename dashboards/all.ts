// Every dashboard with the file it is committed as. `npm run dashboards` writes the files; a test makes them anew and compares.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { dataPath } from './data-path.ts';
import { dependencies } from './dependencies.ts';
import { experiment } from './experiment.ts';
import { overview } from './overview.ts';
import { robustness } from './robustness.ts';

export const dashboards: Readonly<Record<string, Dashboard>> = {
  'overview.json': overview,
  'experiment.json': experiment,
  'robustness.json': robustness,
  'data-path.json': dataPath,
  'dependencies.json': dependencies,
};

export function textOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}

if (process.argv[1] === import.meta.filename) {
  for (const [file, dashboard] of Object.entries(dashboards)) {
    writeFileSync(join(import.meta.dirname, file), textOf(dashboard));
  }
}
