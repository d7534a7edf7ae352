// Every fault of the proxy by its name in a config, on the command line and in the control API. A new one is one file and
// one line here.
import { bandwidth } from './bandwidth.ts';
import { corrupt } from './corrupt.ts';
import { failFirst } from './fail-first.ts';
import { failover } from './failover.ts';
import { latency } from './latency.ts';
import { reset } from './reset.ts';
import { slowClose } from './slow-close.ts';
import { stale } from './stale.ts';
import { status } from './status.ts';
import { timeout } from './timeout.ts';

export const proxyFaults = [
  latency,
  timeout,
  reset,
  bandwidth,
  slowClose,
  status,
  stale,
  corrupt,
  failFirst,
  failover,
] as const;
