// `source.mirror`: where mirrored requests arrive, and where production's answers to them come from.
import { formatDuration } from '../core/units.ts';
import type { MirrorConfig, MirrorControl } from './effective.ts';
import { childOf, isRecord, nameOf, readShape, type Spot, show } from './shape.ts';
import { formatSize } from './sizes-and-rates.ts';
import { mirrorControlSchema, mirrorSchema } from './source-schema.ts';

const largestBody = 16 * 1024 * 1024;

/** Why penumbra must not send requests to an address; null when it may. */
type WhyForbidden = (url: string, listening: MirrorConfig) => string | null;

export function readMirror(spot: Spot, whyForbidden: WhyForbidden): MirrorConfig | null {
  const before = spot.problems.count();
  const shape = readShape(mirrorSchema, spot);
  if (!shape) return null;
  if (shape.body > largestBody) spot.problems.at([...spot.path, 'body'], 'source.mirror.body requires at most 16MiB');
  const prefix = shape.prefix?.replace(/\/+$/, '') ?? null;
  if (prefix !== null && !/^\/[^\s?#]+$/.test(prefix))
    spot.problems.at([...spot.path, 'prefix'], 'source.mirror.prefix requires a path such as /mirrored');
  const mirror = { listen: shape.listen, prefix, maxBodyBytes: shape.body, control: null };
  const control = readAnswerFrom(childOf(spot, 'answer'), (url) => whyForbidden(url, mirror));
  return spot.problems.count() > before ? null : { ...mirror, control };
}

/** Null: answers are joined. */
function readAnswerFrom(spot: Spot, whyForbidden: (url: string) => string | null): MirrorControl | null {
  if (spot.value === undefined || spot.value === 'joined') return null;
  if (!isRecord(spot.value)) {
    const message = `${nameOf(spot.path)} requires joined, or {control: URL} for a replica of production, got ${show(spot.value)}`;
    spot.problems.at(spot.path, message);
    return null;
  }
  const shape = readShape(mirrorControlSchema, spot);
  if (!shape) return null;
  const why = whyForbidden(shape.control);
  if (why !== null) spot.problems.at([...spot.path, 'control'], why);
  return {
    url: shape.control,
    maxRequestsPerSecond: shape.requests,
    maxInFlight: shape.inFlight,
    deadlineMs: shape.deadline,
  };
}

export function mirrorText({ listen, prefix, maxBodyBytes, control }: MirrorConfig) {
  return {
    listen,
    prefix: prefix ?? undefined,
    body: formatSize(maxBodyBytes),
    answer:
      control === null
        ? 'joined'
        : {
            control: control.url,
            requests: `${control.maxRequestsPerSecond} per second`,
            inFlight: control.maxInFlight,
            deadline: formatDuration(control.deadlineMs),
          },
  };
}
