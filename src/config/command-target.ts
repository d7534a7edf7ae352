// `target: {command: …}`: a pod that penumbra starts itself, for a shadow and never for production. How it is read and written back; and how
// a command is read wherever one stands: a list, or a line that is split at its spaces. There is no shell unless the command is one.
import { resolve } from 'node:path';
import type { CommandTargetSpec } from '../model.ts';
import { commandTargetSchema } from './command-schema.ts';
import type { SecretSetting } from './secret-fields.ts';
import { holdsReference, missingReferences, placeReferences } from './secrets.ts';
import { childOf, entriesOf, nameOf, readShape, type Spot, show } from './shape.ts';

/** Null when something was reported. */
export function readCommandTarget(spot: Spot, setting: SecretSetting): CommandTargetSpec | null {
  const { path, problems } = spot;
  const before = problems.count();
  const shape = readShape(commandTargetSchema, spot);
  const command = readCommand(childOf(spot, 'command'));
  const env = readEnv(childOf(spot, 'env'), setting);
  if (!shape) return null;
  const { url = anyPort, ready = null, cwd = '.', version = null } = shape;
  const why = whyNoAddress(url);
  if (why !== null) problems.at([...path, 'url'], `${nameOf([...path, 'url'])} ${why}, got ${show(url)}`);
  if (ready !== null && !ready.startsWith('/'))
    problems.at([...path, 'ready'], `${nameOf([...path, 'ready'])} requires a path such as /ready, got ${show(ready)}`);
  if (command === null || problems.count() > before) return null;
  return { type: 'command', command, url, ready, env, cwd: resolve(setting.directory, cwd), version };
}

const anyPort = 'http://127.0.0.1:{port}';

/** Penumbra starts it on this machine: it is asked here. */
function whyNoAddress(url: string): string | null {
  const asNumber = url.replace('{port}', '1');
  const parsed = URL.canParse(asNumber) ? new URL(asNumber) : null;
  const isHere = parsed !== null && /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(parsed.hostname);
  return isHere && parsed.protocol === 'http:'
    ? null
    : 'requires an address of this machine, such as http://127.0.0.1:{port}';
}

/** The program and its arguments; null when something was reported. */
export function readCommand({ value, path, problems }: Spot): readonly string[] | null {
  const words = typeof value === 'string' ? wordsOf(value) : value;
  const isList = Array.isArray(words) && words.length > 0 && words.every((word) => typeof word === 'string');
  if (isList && words[0] !== '') return words as readonly string[];
  const allowed = 'a program with its arguments, such as "python serve.py --port {port}" or [python, serve.py]';
  problems.at(path, `${nameOf(path)} requires ${allowed}, got ${show(value)}`);
  return null;
}

/** Split at white space outside quotes; null where a quote is not closed. */
function wordsOf(text: string): readonly string[] | null {
  const words = text.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  const rest = text.replaceAll(/"[^"]*"|'[^']*'/g, '');
  return /["']/.test(rest) ? null : words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

const secretName = /token|secret|password|credential|api_?key/i;

function readEnv(spot: Spot, setting: SecretSetting): Record<string, string> {
  if (spot.value === undefined) return {};
  const entries = entriesOf(spot, 'a map of names to text');
  return Object.fromEntries(
    entries.flatMap(([name, { value, path, problems }]) => {
      const text = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
      if (typeof text !== 'string') problems.at(path, `${nameOf(path)} requires text, got ${show(value)}`);
      else if (secretName.test(name) && !holdsReference(text)) {
        const why = `requires a reference such as "\${env:NAME}": a secret is never written into a config`;
        problems.at(path, `${nameOf(path)} ${why}`);
      } else {
        const placed = placeReferences(text, setting);
        for (const missing of missingReferences(placed, setting)) {
          problems.warn(path, `${missing} is missing or empty here: the pod could not be started without it`);
        }
        return [[name, placed] as const];
      }
      return [];
    }),
  );
}

/** As a config writes it. */
export function commandTargetText({ command, url, ready, env, cwd, version }: CommandTargetSpec) {
  return {
    command,
    url,
    ready: ready ?? undefined,
    env: Object.keys(env).length > 0 ? env : undefined,
    cwd,
    version: version ?? undefined,
  };
}

/** What would be started, on one line. */
export function commandLine({ command, cwd }: Pick<CommandTargetSpec, 'command' | 'cwd'>): string {
  return `${command.map((word) => (/[\s"']/.test(word) || word === '' ? JSON.stringify(word) : word)).join(' ')} in ${cwd}`;
}
