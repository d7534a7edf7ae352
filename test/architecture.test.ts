// The shape of the house, kept by force: who may import whom, what core may know, file sizes, and that every kind is registered.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

interface SourceFile {
  /** Relative to src, e.g. core/stats/bernoulli.ts */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

interface Import {
  /** A path relative to src for our own files, else the package or node: name. */
  readonly name: string;
  readonly isOwn: boolean;
  readonly isTypeOnly: boolean;
}

function listFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return listFiles(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

const importForm =
  /(?:^|\n)\s*(import|export)\s+(type\s+)?(?:[^'"`;]*?\s+from\s+)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

function readSource(file: string): SourceFile {
  const text = readFileSync(file, 'utf8');
  const imports = [...text.matchAll(importForm)].map((match): Import => {
    const name = match[3] ?? match[4] ?? '';
    const isTypeOnly = match[2] !== undefined;
    if (!name.startsWith('.')) return { name, isOwn: false, isTypeOnly };
    return { name: relative(src, resolve(dirname(file), name)), isOwn: true, isTypeOnly };
  });
  return { path: relative(src, file), text, imports };
}

const files = listFiles(src).map(readSource);
const byPath = new Map(files.map((file) => [file.path, file]));

/** Which own files and which packages each place may import; the longest matching place counts. */
const anyPackage = /./;
const table: readonly { place: string; own: RegExp; packages: RegExp }[] = [
  { place: 'model.ts', own: /^model\//, packages: /^$/ },
  { place: 'model/', own: /^model\//, packages: /^$/ },
  { place: 'errors.ts', own: /^$/, packages: /^$/ },
  { place: 'version.ts', own: /^$/, packages: /^node:fs$/ },
  { place: 'index.ts', own: /^(model|errors|core\/.*)\.ts$/, packages: /^$/ },
  { place: 'main.ts', own: /^(commands\/[\w-]+|version)\.ts$/, packages: /^commander$/ },
  {
    place: 'core/',
    own: /^(model|errors|core\/.*)\.ts$/,
    packages: /^(typebox(\/\w+)?|simple-statistics|@stdlib\/(stats-base-dists|math-base-special)-.*)$/,
  },
  { place: 'tap/', own: /^tap\//, packages: /^node:/ },
  { place: 'pipeline/', own: /^(model|errors|core\/.*|pipeline\/.*|io\/(store-)?port(s)?)\.ts$/, packages: /^$/ },
  {
    place: 'faults/proxy/',
    own: /^(model|errors|core\/.*|faults\/proxy\/.*)\.ts$/,
    packages: /^(node:|typebox|prom-client$)/,
  },
  {
    place: 'faults/proxy/kinds/',
    own: /^(errors|core\/.*|faults\/proxy\/(fault|kinds\/.*))\.ts$/,
    packages: /^typebox$/,
  },
  {
    place: 'faults/process/',
    own: /^(model|errors|core\/.*|faults\/process\/.*|io\/ports)\.ts$/,
    packages: /^typebox$/,
  },
  { place: 'faults/', own: /^(model|errors|core\/.*|faults\/.*)\.ts$/, packages: /^typebox$/ },
  { place: 'io/', own: /^(model|errors|core\/.*|io\/.*)\.ts$/, packages: anyPackage },
  {
    place: 'pod/',
    own: /^(model|errors|core\/.*|pod\/.*|io\/(codecs\/.*|json|listen-address|http-call|model-card|onnx-model|served-model|ports))\.ts$/,
    packages: anyPackage,
  },
  {
    place: 'config/',
    own: /^(model|errors|core\/.*|config\/.*|faults\/.*|io\/(codecs\/index|cron|model-card))\.ts$/,
    packages: /^(node:|typebox|yaml$)/,
  },
  {
    place: 'api/',
    own: /^(model|errors|api\/.*|chaos\/card|io\/(json|store-port|ports)|pipeline\/(flow|view-types))\.ts$/,
    packages: /^(node:|typebox|fastify$|@fastify\/)/,
  },
  {
    place: 'chaos/',
    own: /^(model|errors|core\/.*|config\/.*|faults\/index|pipeline\/view-types|chaos\/.*)\.ts$/,
    packages: /^$/,
  },
  { place: 'app/', own: /^(?!commands\/|main)/, packages: /^(node:|fastify$)/ },
  { place: 'app.ts', own: /^(?!commands\/|main)/, packages: /^(node:|fastify$)/ },
  { place: 'commands/', own: /./, packages: anyPackage },
];

function ruleFor(path: string) {
  const rules = table.filter(({ place }) => (place.endsWith('/') ? path.startsWith(place) : path === place));
  return rules.sort((one, other) => other.place.length - one.place.length)[0];
}

/** Everything a file pulls in when it runs (type-only imports vanish). */
function graphOf(path: string, seen = new Set<string>()): Set<string> {
  for (const { name, isOwn, isTypeOnly } of byPath.get(path)?.imports ?? []) {
    if (isTypeOnly || seen.has(name)) continue;
    seen.add(name);
    if (isOwn) graphOf(name, seen);
  }
  return seen;
}

describe('who may import whom', () => {
  it.each(files.map((file) => [file.path, file] as const))('%s keeps to the table', (path, file) => {
    const rule = ruleFor(path);
    expect(rule, `${path} has no row in the import table`).toBeDefined();
    const forbidden = file.imports.filter(({ name, isOwn }) => !(isOwn ? rule?.own : rule?.packages)?.test(name));
    expect(forbidden.map(({ name }) => name)).toEqual([]);
  });

  it('the pipeline and the API see the parts beside them as types only', () => {
    const wrong = files
      .filter(({ path }) => path.startsWith('pipeline/') || path.startsWith('api/'))
      .flatMap(({ path, imports }) =>
        imports
          .filter(
            ({ name, isTypeOnly }) =>
              !isTypeOnly &&
              /^(io\/(store-)?ports?\.ts|pipeline\/)/.test(name) &&
              !(path.startsWith('pipeline/') && name.startsWith('pipeline/')),
          )
          .map(({ name }) => `${path} runs ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('exactly one file knows the Kafka library', () => {
    const knowing = files.filter(({ imports }) => imports.some(({ name }) => name === 'kafkajs'));
    expect(knowing.map(({ path }) => path)).toEqual(['io/kafka/client.ts']);
  });

  it('the library door pulls in no server, no database, no broker and no model runtime', () => {
    const graph = [...graphOf('index.ts')];
    expect(
      graph.filter((name) => /fastify|kafka|sqlite|undici|onnxruntime|pino|prom-client|^node:/.test(name)),
    ).toEqual([]);
    expect(graph.length).toBeGreaterThan(20);
  });

  it('nothing that can fault a request reaches the tap, and the tap reaches nothing of ours', () => {
    expect([...graphOf('tap/tap.ts')].filter((name) => name.endsWith('.ts') && !name.startsWith('tap/'))).toEqual([]);
  });
});

describe('core is pure', () => {
  const impure = /\bDate\b|\bMath\.random\b|\bprocess\b\.|\bBuffer\b|\bsetTimeout\b|\bperformance\b|\bconsole\b/;
  it.each(files.filter(({ path }) => path.startsWith('core/')).map((file) => [file.path, file] as const))(
    '%s',
    (_path, { text }) => {
      const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
      expect(impure.exec(code)?.[0]).toBeUndefined();
    },
  );
});

describe('every file', () => {
  it.each(files.map((file) => [file.path, file] as const))(
    '%s says what it is, and is one idea long',
    (_path, { text }) => {
      const lines = text.split('\n');
      const opening = lines[0]?.startsWith('#!') ? lines[1] : lines[0];
      expect(opening).toMatch(/^\/\/ \S/);
      expect(lines.length).toBeLessThanOrEqual(251);
    },
  );
});

describe('kinds', () => {
  const folders = [
    'core/perturb',
    'core/compare',
    'core/watch',
    'core/stats',
    'io/codecs',
    'io/targets',
    'io/sinks',
    'io/sources',
    'faults',
    'faults/proxy/kinds',
  ];
  it.each(folders)('%s: every kind is registered in the index, and none imports a sibling kind', (folder) => {
    const isKind = ({ path, text }: SourceFile): boolean =>
      dirname(path) === folder && /export const \w+: (Kind|FaultKind|ProxyFaultKind|SourceKind)</.test(text);
    const kinds = files.filter(isKind).map(({ path }) => path);
    const registered = (byPath.get(`${folder}/index.ts`)?.imports ?? []).map(({ name }) => name);
    expect(kinds.length).toBeGreaterThan(0);
    expect(kinds.filter((path) => !registered.includes(path))).toEqual([]);
    const siblings = kinds.flatMap((path) =>
      (byPath.get(path)?.imports ?? []).filter(({ name }) => kinds.includes(name)),
    );
    expect(siblings).toEqual([]);
  });
});

describe('the top level', () => {
  it('holds what it may and nothing else', () => {
    const allowed = new Set([
      'package.json',
      'package-lock.json',
      'tsconfig.json',
      'tsconfig.build.json',
      'biome.json',
      'vitest.config.ts',
      'knip.json',
      'src',
      'models',
      'config',
      'dashboards',
      'test',
      'Dockerfile',
      'README.md',
      'LICENSE',
    ]);
    const built = new Set(['node_modules', 'dist', 'coverage', 'data']);
    const found = readdirSync(root).filter((name) => !name.startsWith('.') && !built.has(name));
    expect(found.filter((name) => !allowed.has(name))).toEqual([]);
  });

  it('lists every runtime dependency once in the README, with a reason', () => {
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    const rows = readFileSync(join(root, 'README.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    for (const name of Object.keys(manifest.dependencies)) {
      expect(
        rows.filter((row) => row.startsWith(`| \`${name}\` |`)),
        name,
      ).toHaveLength(1);
    }
  });
});
