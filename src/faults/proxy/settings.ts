// What a fault proxy is started with: plain data, every default filled in by whoever reads it from flags or a config.
import type { CapLimits } from './caps.ts';
import type { ProxyProtocol } from './fault.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

export interface SloLimits {
  /** A call that takes longer breaks the promise; null: none was made. */
  readonly latencyMs: number | null;
  /** Largest share of calls without a good answer; null: none was said. */
  readonly errors: number | null;
}

export interface FaultProxySettings {
  /** The dependency, as people call it. */
  readonly name: string;
  readonly protocol: ProxyProtocol;
  readonly listen: HostPort;
  readonly upstream: HostPort;
  /** The second upstream that `failover` goes to. */
  readonly standby: HostPort | null;
  readonly slo: SloLimits;
  readonly caps: CapLimits;
  /** Null: faults are only what was given at start. */
  readonly control: HostPort | null;
  /** Bearer token of the control API; null: none, which only a loopback address may have. */
  readonly token: string | null;
  /** http: the path that a probe asks; tcp: the bytes that it sends. Null: it only connects (tcp). */
  readonly probe: string | null;
  /** See `keyReaderOf`. */
  readonly key: string;
  readonly seed: string;
  /** Most bytes of earlier answers kept for `stale`; 0: none. */
  readonly rememberBytes: number;
}

export const standardCaps: CapLimits = { requestsPerSecond: 1000, connections: 512, inFlight: 256 };
export const standardRememberBytes = 8 * 1024 * 1024;

export function hostPortText({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine can reach it. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
