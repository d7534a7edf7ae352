// `source`: where exchanges come from; several sources may be on at once. The tap is a process of its own in front of production; posting
// is on by default.
import { resolve } from 'node:path';
import { readCloudEvents } from './cloudevents.ts';
import type { IdFrom, Production, SourceConfig, TapConfig } from './effective.ts';
import { readJoin } from './join.ts';
import { readKafkaSource } from './kafka.ts';
import { readMirror } from './mirror.ts';
import { sourceSchema } from './schema.ts';
import type { Environment } from './secrets.ts';
import { childOf, readShape, type Spot } from './shape.ts';
import { readFileSource } from './source-file.ts';
import { tapSchema } from './tap-schema.ts';
import { whyForbidden } from './target.ts';

/** The kernel's limit for the path of a Unix socket, its closing zero not counted. */
const longestSocketPath = 107;
const largestBody = 16 * 1024 * 1024;

export interface SourceSetting {
  /** Null when it was reported already. */
  readonly production: Production | null;
  readonly idFrom: IdFrom | null;
  /** Paths in the config are relative to it. */
  readonly directory: string;
  readonly env: Environment;
  /** Exchanges come from the topic of `scale` instead. */
  readonly isScaled: boolean;
}

export function readSource(spot: Spot, setting: SourceSetting): SourceConfig | null {
  const before = spot.problems.count();
  const shape = readShape(sourceSchema, { ...spot, value: spot.value ?? {} });
  if (!shape) return null;
  const { production, idFrom } = setting;
  const file = readIfWritten(childOf(spot, 'file'), (child) => readFileSource(child, setting.directory));
  const isRecorded = shape.file !== undefined;
  if (isRecorded) refuseOthers(spot);
  // What is posted now would lie in the future of a recording.
  const http = shape.http && !isRecorded && !setting.isScaled;
  const tap = readIfWritten(childOf(spot, 'tap'), (child) => readTap(child, setting));
  const cloudevents = readIfWritten(childOf(spot, 'cloudevents'), (child) => readCloudEvents(child, production));
  const mirror = readIfWritten(childOf(spot, 'mirror'), (child) =>
    readMirror(child, (url, listening) => whyForbidden(url, { production, source: { tap, http, mirror: listening } })),
  );
  const kafka = readIfWritten(childOf(spot, 'kafka'), (child) => readKafkaSource(child, setting));
  const comeApart = shape.cloudevents !== undefined || shape.mirror !== undefined || kafka?.events !== undefined;
  if (!http && !comeApart && !isRecorded && !setting.isScaled && !shape.tap && !shape.kafka)
    spot.problems.atKey(
      spot.path,
      'source requires tap, mirror, cloudevents, kafka, file or http: true: nothing would ever arrive',
    );
  const joining = childOf(spot, 'join');
  if (!comeApart && joining.value !== undefined)
    spot.problems.atKey(
      joining.path,
      'source.join has no meaning without source.mirror, source.cloudevents or source.kafka.events',
    );
  const join = comeApart ? readJoin(joining, idFrom) : null;
  if (spot.problems.count() > before) return null;
  return {
    tap,
    http,
    ...(file && { file }),
    ...(cloudevents && { cloudevents }),
    ...(mirror && { mirror }),
    ...(kafka && { kafka }),
    ...(join && { join }),
  };
}

/** A recording is read by its own time, and what comes live by the machine's. */
function refuseOthers(spot: Spot): void {
  for (const key of ['tap', 'mirror', 'cloudevents', 'kafka', 'http']) {
    const other = childOf(spot, key);
    if (other.value === undefined || other.value === false) continue;
    spot.problems.atKey(other.path, `source.${key} cannot be on beside source.file, whose time is the recording's`);
  }
}

function readIfWritten<Read>(spot: Spot, read: (spot: Spot) => Read | null): Read | null {
  return spot.value === undefined ? null : read(spot);
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
