// `source`: where exchanges come from. The tap is a process of its own in front of production; posting is on by default.
import type { Production, SourceConfig, TapConfig } from './effective.ts';
import { sourceSchema, tapSchema } from './schema.ts';
import { childOf, readShape, type Spot } from './shape.ts';

const largestBody = 16 * 1024 * 1024;

/** `production` is null when it was reported already. */
export function readSource(spot: Spot, production: Production | null): SourceConfig | null {
  const before = spot.problems.count();
  const shape = readShape(sourceSchema, { ...spot, value: spot.value ?? {} });
  if (!shape) return null;
  const written = childOf(spot, 'tap');
  const tap = written.value === undefined ? null : readTap(written, production);
  if (written.value === undefined && !shape.http)
    spot.problems.atKey(spot.path, 'source requires tap or http: true: nothing would ever arrive');
  return spot.problems.count() > before ? null : { tap, http: shape.http };
}

function readTap(spot: Spot, production: Production | null): TapConfig | null {
  const shape = readShape(tapSchema, spot);
  if (!shape || !production) return null;
  const { protocol, hostname, port } = new URL(production.url);
  if (protocol === 'https:') {
    spot.problems.atKey(
      spot.path,
      'the tap copies plain HTTP and production.url is https: place it where TLS has ended, or use source: {http: true}',
    );
    return null;
  }
  const upstream = `${hostname}:${port || '80'}`;
  if (shape.listen === undefined && shape.link === undefined) {
    spot.problems.at(
      spot.path,
      'source.tap requires listen (serve starts the tap there) or link (the tap is started by hand with the same link)',
    );
  }
  if (shape.body > largestBody) spot.problems.at([...spot.path, 'body'], 'source.tap.body requires at most 16MiB');
  if (upstream === shape.listen)
    spot.problems.at([...spot.path, 'listen'], 'the tap cannot listen where production does');
  return {
    listen: shape.listen ?? null,
    upstream,
    share: shape.share,
    link: shape.link ?? null,
    maxCopyBytes: shape.memory,
    maxBodyBytes: shape.body,
  };
}
