// The shape of one entry of `dependencies`: a shadow pod's dependency and the fault proxy in front of it.
import { Type } from 'typebox';
import { duration, listen, rate, share, size, text, whole } from './fields.ts';

const closed = { additionalProperties: false };

export const dependencySchema = Type.Object(
  {
    protocol: Type.Enum(['http', 'tcp'], {
      description:
        'http: HTTP/1.1, faults act on requests; tcp: anything else, Redis for one, faults act on connections',
    }),
    listen: listen('where the shadow pods find it instead'),
    upstream: text('where it really is: http://host:port, or host:port on tcp'),
    standby: Type.Optional(text('the second upstream, which the fault failover goes to')),
    slo: Type.Optional(
      Type.Object(
        {
          latency: Type.Optional(duration('a call that takes longer breaks the promise')),
          errors: Type.Optional(share('the largest share of calls without a good answer')),
        },
        { ...closed, description: 'what the dependency promises, apart from the model' },
      ),
    ),
    caps: Type.Optional(Type.Unknown({ description: 'the most that reaches the upstream' })),
    control: Type.Optional(listen('where the faults are switched, and metrics are read')),
    runs: Type.Enum(['with serve', 'elsewhere'], {
      default: 'with serve',
      description: 'who starts the proxy: penumbra serve, or somebody else, with the control at the address given',
    }),
    token: Type.Optional(text(`a reference to the control's bearer token: \${file:/path} or \${env:NAME}`)),
    callsPerRequest: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: 'calls that a pod makes for one request, for penumbra plan' }),
    ),
    probe: Type.Optional(text('http: a path; tcp: bytes to send; asked to see that the baseline is back')),
    key: Type.Optional(
      text('what a share is taken by: request (the default), path, or a pattern such as /features/{key}'),
    ),
    seed: Type.Optional(text("decides whom a share selects; by default the config's")),
    remember: size('memory for earlier answers, which the fault stale gives again', { default: '8MiB' }),
  },
  closed,
);

export const dependencyCapsSchema = Type.Object(
  {
    requests: rate('most requests (tcp: connections) begun, per second', { default: '1000 per second' }),
    connections: whole('most connections at a time', { minimum: 1, default: 512 }),
    inFlight: whole('most requests (tcp: connections) under way at a time', { minimum: 1, default: 256 }),
  },
  closed,
);
