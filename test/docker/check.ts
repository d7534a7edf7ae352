// npm run docker:check: carries out the Dockerfile without an engine, then starts what came of it as the image would: as user 1000, with
// no capability, on a read-only root with a writable /data, and asks the image's own health check. Needs root, for overlay mounts.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readDockerfile } from './dockerfile.ts';
import { runStage, type StageRun } from './run-stage.ts';
import { problemsOfStart } from './start-image.ts';

const root = resolve(import.meta.dirname, '../..');
const maxBytes = 200 * 1024 ** 2;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'penumbra-docker-'));
try {
  const problems = await check();
  for (const problem of problems) say(`✗ ${problem}`);
  say(
    `${problems.length === 0 ? 'the image holds' : 'the image does not hold'}; not shown: the base image, its Node, an engine`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function check(): Promise<readonly string[]> {
  const stages = readDockerfile(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  const context = makeContext();
  const runs = new Map<string, StageRun>();
  for (const stage of stages) runs.set(stage.name ?? 'final', runStage(stage, { folder, context, earlier: runs, say }));
  const final = runs.get('final');
  const last = stages.at(-1);
  if (final === undefined || last === undefined) throw new Error('the Dockerfile has no last stage');
  const started = await problemsOfStart(final, last);
  if (started.length === 0) {
    say('it starts as user 1000 and process 1 on a read-only root, its health check passes, SIGTERM ends it with 0');
  }
  return [...problemsOfFiles(final.layer), ...started];
}

/** What .dockerignore lets through: its lines with ! say it, except where a later line takes some back. */
function makeContext(): string {
  const context = join(folder, 'context');
  mkdirSync(context);
  const lines = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  if (lines[0] !== '*') throw new Error('.dockerignore must begin with *');
  for (const line of lines.slice(1)) {
    if (!line.startsWith('!')) rmSync(join(context, line), { recursive: true, force: true });
    else
      for (const path of matchesOf(line.slice(1))) cpSync(join(root, path), join(context, path), { recursive: true });
  }
  return context;
}

function matchesOf(pattern: string): readonly string[] {
  if (!pattern.includes('*')) return [pattern];
  const [place = '', ending = ''] = pattern.split('*');
  return readdirSync(join(root, place))
    .filter((name) => name.endsWith(ending))
    .map((name) => place + name);
}

function problemsOfFiles(layer: string): readonly string[] {
  const bytes = Number(spawnSync('du', ['-sb', layer], { encoding: 'utf8' }).stdout.split('\t')[0]);
  say(`size above the base image: ${Math.round(bytes / 1024 ** 2)} MiB`);
  const modules = join(layer, 'penumbra/node_modules');
  const runtimes = readdirSync(join(modules, 'onnxruntime-node/bin'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => path.split('/').length === 3,
  );
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: object;
  };
  // A development dependency may be somebody's real dependency, too; these are nobody's.
  const unwanted = ['typescript', 'vitest', 'kubernetes-models', '@biomejs/biome', 'playwright-core'].filter(
    (name) => name in devDependencies && existsSync(join(modules, name)),
  );
  return [
    ...(bytes > maxBytes ? [`it is larger than ${maxBytes} bytes`] : []),
    ...(runtimes.length === 1 && runtimes[0]?.endsWith(`linux/${process.arch}`)
      ? []
      : [`ONNX runtimes: ${runtimes.join(', ')}`]),
    ...unwanted.map((name) => `${name} is for development only`),
    ...(existsSync(join(layer, 'penumbra/config/kubernetes')) ? ['config/kubernetes is in it'] : []),
  ];
}
