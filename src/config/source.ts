// `source`: where exchanges come from. The tap is a process of its own in front of production; posting is on by default.
import { resolve } from 'node:path';
import type { Production, SourceConfig, TapConfig } from './effective.ts';
import { sourceSchema } from './schema.ts';
import { childOf, readShape, type Spot } from './shape.ts';
import { tapSchema } from './tap-schema.ts';

/** The kernel's limit for the path of a Unix socket, its closing zero not counted. */
const longestSocketPath = 107;
const largestBody = 16 * 1024 * 1024;

export interface SourceSetting {
  /** Null when it was reported already. */
  readonly production: Production | null;
  /** Paths in the config are relative to it. */
  readonly directory: string;
}

export function readSource(spot: Spot, setting: SourceSetting): SourceConfig | null {
  const before = spot.problems.count();
  const shape = readShape(sourceSchema, { ...spot, value: spot.value ?? {} });
  if (!shape) return null;
  const written = childOf(spot, 'tap');
  const tap = written.value === undefined ? null : readTap(written, setting);
  if (written.value === undefined && !shape.http)
    spot.problems.atKey(spot.path, 'source requires tap or http: true: nothing would ever arrive');
  return spot.problems.count() > before ? null : { tap, http: shape.http };
}

function readTap(spot: Spot, { production, directory }: SourceSetting): TapConfig | null {
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
  if (shape.link !== undefined && Buffer.byteLength(resolve(directory, shape.link)) > longestSocketPath) {
    const message = `source.tap.link requires a path of at most ${longestSocketPath} bytes, folder included: the system allows no longer socket`;
    spot.problems.at([...spot.path, 'link'], message);
  }
  const routes = shape.routes ?? [];
  for (const [index, route] of routes.entries()) {
    if (!/^\/[^\s?#]*$/.test(route)) {
      const message = 'source.tap.routes requires paths without query, such as /v2/models/*/infer';
      spot.problems.at([...spot.path, 'routes', index], message);
    }
  }
  return {
    listen: shape.listen ?? null,
    upstream,
    share: shape.share,
    routes,
    methods: shape.methods ?? [],
    link: shape.link === undefined ? null : resolve(directory, shape.link),
    maxCopyBytes: shape.memory,
    maxBodyBytes: shape.body,
  };
}
