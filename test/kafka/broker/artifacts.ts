// Apache Kafka's own jars, fetched once by Maven into a cache folder of the user's; every later start reads them from there.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { kafkaVersion, logSettings, pomOfBroker } from './pom.ts';

const cacheRoot = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
const folder = join(cacheRoot, 'penumbra-kafka', kafkaVersion);
const pathFile = join(folder, 'classpath.txt');

export const logSettingsFile = join(folder, 'log4j.properties');

/** Java's class path of the broker, when it was fetched before and is whole. */
export function cachedClasspath(): string | null {
  if (!existsSync(pathFile)) return null;
  const classpath = readFileSync(pathFile, 'utf8').trim();
  return classpath.split(':').every((jar) => existsSync(jar)) ? classpath : null;
}

/** Fetches what is not in the cache. @throws Error saying what is missing, or what Maven said */
export async function fetchClasspath({ withinMs }: { withinMs: number }): Promise<string> {
  const present = cachedClasspath();
  if (present !== null) return present;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), pomOfBroker());
  writeFileSync(logSettingsFile, logSettings);
  const fetched = `${pathFile}.new`;
  await runMaven(
    [
      '-q',
      '-B',
      '-f',
      join(folder, 'pom.xml'),
      `-Dmaven.repo.local=${join(cacheRoot, 'penumbra-kafka', 'repository')}`,
      'dependency:build-classpath',
      `-Dmdep.outputFile=${fetched}`,
      '-Dmdep.includeScope=runtime',
    ],
    withinMs,
  );
  renameSync(fetched, pathFile);
  const classpath = cachedClasspath();
  if (classpath === null) throw new Error('Maven ended well but did not name the jars');
  return classpath;
}

async function runMaven(words: readonly string[], withinMs: number): Promise<void> {
  const maven = spawn('mvn', words, { stdio: ['ignore', 'pipe', 'pipe'], timeout: withinMs });
  let said = '';
  const hear = (piece: Buffer): void => {
    said = (said + piece.toString()).slice(-2000);
  };
  maven.stdout.on('data', hear);
  maven.stderr.on('data', hear);
  const [code, signal] = await once(maven, 'close').catch((thrown: NodeJS.ErrnoException) => {
    throw thrown.code === 'ENOENT' ? new Error('mvn (Maven) is not installed') : thrown;
  });
  if (signal !== null) throw new Error(`Maven did not fetch Kafka within ${withinMs / 1000} s`);
  if (code !== 0) throw new Error(`Maven could not fetch Kafka: ${said.trim()}`);
}
