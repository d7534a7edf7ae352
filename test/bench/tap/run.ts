// Usage: npm run bench:tap -- [--short] [--json FILE] [--markdown FILE]. Needs nginx and wrk (Debian: nginx-light, wrk).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createBed } from './hops.ts';
import { stopAll } from './processes.ts';
import { jsonOf, markdownOf } from './report.ts';
import { measureTap } from './scenarios.ts';

const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, json: { type: 'string' }, markdown: { type: 'string' } },
});

const folder = mkdtempSync(join(tmpdir(), 'penumbra-bench-tap-'));
try {
  const figures = await measureTap(await createBed(folder), { isShort: values.short });
  const table = markdownOf(figures);
  process.stdout.write(`${table}\n`);
  if (values.markdown !== undefined) writeFileSync(values.markdown, `${table}\n`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(jsonOf(figures), null, 2)}\n`);
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
