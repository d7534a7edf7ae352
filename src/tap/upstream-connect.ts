// Opens a TCP handle towards production: an address at once, a name after it has been looked up, its addresses in turn.
import { lookup } from 'node:dns';
import { isIP, isIPv6 } from 'node:net';
import { renewHandle, type Side } from './handle-side.ts';
import type { UpstreamAddress } from './relayed.ts';

/** How long the addresses of a name are used on without asking again. */
const keepLookupMs = 1000;

interface Lookup {
  readonly addresses: readonly string[];
  readonly untilMs: number;
}

const lookups = new Map<string, Lookup>();

/** `done` is called once, with 0 or an error below 0, unless the side is closed before. */
export function connectTo(side: Side, { host, port }: UpstreamAddress, done: (status: number) => void): void {
  if (isIP(host) !== 0) {
    tryAddress(side, { addresses: [host], port, done });
    return;
  }
  const known = lookups.get(host);
  if (known !== undefined && performance.now() < known.untilMs) {
    tryAddress(side, { addresses: known.addresses, port, done });
    return;
  }
  lookup(host, { all: true, order: 'ipv4first' }, (error, found) => {
    if (side.isClosed) return;
    const addresses = error === null ? found.map(({ address }) => address) : [];
    if (addresses.length > 0) lookups.set(host, { addresses, untilMs: performance.now() + keepLookupMs });
    tryAddress(side, { addresses, port, done });
  });
}

interface Attempt {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly done: (status: number) => void;
}

function tryAddress(side: Side, { addresses, port, done }: Attempt): void {
  const [address, ...others] = addresses;
  if (address === undefined) {
    done(-1);
    return;
  }
  const request = side.pair.handles.connectRequest<Side>();
  request.side = side;
  const settle = (status: number): void => {
    if (status === 0 || others.length === 0 || side.isClosed) {
      done(status);
      return;
    }
    renewHandle(side);
    tryAddress(side, { addresses: others, port, done });
  };
  request.oncomplete = settle;
  const status = isIPv6(address)
    ? side.handle.connect6(request, address, port)
    : side.handle.connect(request, address, port);
  if (status !== 0) settle(status);
}
