// The sources of the config, but for the tap, which `serve` starts as a process of its own.
import type { EffectiveConfig, JoinBy } from '../config/effective.ts';
import type { KafkaSourceConfig } from '../config/kafka.ts';
import type { Environment } from '../config/secrets.ts';
import type { Clock, Load, Log, Source } from '../io/ports.ts';
import { cloudevents } from '../io/sources/cloudevents.ts';
import { file } from '../io/sources/file.ts';
import { http } from '../io/sources/http.ts';
import { createJoin } from '../io/sources/join.ts';
import { kafka } from '../io/sources/kafka.ts';
import { mirror } from '../io/sources/mirror.ts';
import type { SourceDeps } from '../io/sources/source-kind.ts';
import { openKafkaOf } from './open-kafka.ts';

interface OpenSources {
  readonly clock: Clock;
  readonly log: Log;
  readonly isInference: SourceDeps['isInference'];
  readonly onOwnCall: SourceDeps['onOwnCall'];
  readonly load: () => Load;
  readonly env: Environment;
}

/** Halves of exchanges find each other whichever sources bring them; it counts what stays alone where nothing does. */
const standardJoin = {
  by: { from: 'header', name: 'x-request-id' },
  withinMs: 60_000,
  maxBytes: 64 * 1024 * 1024,
} as const;

export function openSources({ source }: Pick<EffectiveConfig, 'source'>, options: OpenSources): Source[] {
  const joining = source.join ?? { ...standardJoin, unanswered: 'lost' };
  const join = createJoin(joining, options);
  const deps: SourceDeps = { ...options, join };
  const { by } = joining;
  const opened = [
    ...(source.http ? [http.create({})(deps)] : []),
    ...(source.cloudevents ? [cloudevents.create({ ...source.cloudevents, by })(deps)] : []),
    ...(source.mirror ? [mirror.create({ ...source.mirror, by })(deps)] : []),
    ...(source.file ? [file.create(source.file)(deps)] : []),
    ...(source.kafka ? [openKafkaSource(source.kafka, { ...deps, by, env: options.env })] : []),
  ];
  return source.join ? [join, ...opened] : opened;
}

function openKafkaSource(
  config: KafkaSourceConfig,
  { by, env, ...deps }: SourceDeps & { readonly by: JoinBy; readonly env: Environment },
): Source {
  const { topic, group, from, deadLetter, events } = config;
  const opened = openKafkaOf(config, { ...deps, env, where: 'source.kafka' });
  const settings = { topic, group, from, deadLetter, ...(events ? { events: { ...events, by } } : {}) };
  return kafka.create(settings)({ ...deps, kafka: opened });
}
