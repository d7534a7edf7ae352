// What TypeScript says of manifests as literals of Kubernetes' types: unlike the schemas, the types know every key that there is, and
// Kubernetes itself drops an unknown key.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const modules = resolve(import.meta.dirname, '../../node_modules');
const flags =
  '--ignoreConfig --noEmit --skipLibCheck --strict --target es2023 --module nodenext --types node --pretty false';

export interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** The module that holds the schemas and types of a kind. */
export function moduleOf({ apiVersion }: Kind): string {
  const isOperators = apiVersion.startsWith('monitoring.coreos.com/');
  return `${isOperators ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models'}/${apiVersion}`;
}

/** Empty: every key is known and of its type. */
export function typeProblems(manifests: readonly Kind[]): string {
  // Below node_modules, where the types are found and no other check looks.
  const scratch = mkdtempSync(join(modules, '.manifest-types-'));
  const lines = manifests.map(
    (each, place) => `export const m${place}: import('${moduleOf(each)}').I${each.kind} = ${JSON.stringify(each)};\n`,
  );
  writeFileSync(join(scratch, 'manifests.mts'), lines.join(''));
  try {
    const tsc = join(modules, 'typescript/bin/tsc');
    execFileSync(process.execPath, [tsc, ...flags.split(' '), 'manifests.mts'], { cwd: scratch });
    return '';
  } catch (thrown) {
    return String((thrown as { stdout?: Buffer }).stdout ?? thrown);
  } finally {
    rmSync(scratch, { recursive: true });
  }
}
