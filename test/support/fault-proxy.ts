// A fault proxy in this process, with an upstream of the test's own; `closeProxies` ends both whatever became of the test.
import { createServer, type RequestListener, type Server } from 'node:http';
import { type ProxyControl, startProxyControl } from '../../src/faults/proxy/control.ts';
import { type FaultProxy, startFaultProxy } from '../../src/faults/proxy/proxy.ts';
import { readFaults } from '../../src/faults/proxy/read-faults.ts';
import type { FaultProxySettings } from '../../src/faults/proxy/settings.ts';
import { listenOnFreePort } from './raw-sockets.ts';

const open: (() => Promise<unknown>)[] = [];

export const settingsForTest: FaultProxySettings = {
  name: 'store',
  protocol: 'http',
  listen: { host: '127.0.0.1', port: 0 },
  upstream: { host: '127.0.0.1', port: 1 },
  standby: null,
  slo: { latencyMs: null, errors: null },
  caps: { requestsPerSecond: 1e6, connections: 1000, inFlight: 1000 },
  control: null,
  token: null,
  probe: null,
  key: 'request',
  seed: 'test',
  rememberBytes: 1024 * 1024,
};

export async function proxyTo(
  upstreamPort: number,
  settings: Partial<FaultProxySettings> = {},
): Promise<FaultProxy & { readonly port: number; fault(...faults: readonly unknown[]): void }> {
  const upstream = { host: '127.0.0.1', port: upstreamPort };
  const proxy = await startFaultProxy({ ...settingsForTest, upstream, ...settings });
  open.push(proxy.close);
  const { protocol, standby } = proxy.settings;
  return {
    ...proxy,
    port: proxy.address.port,
    fault: (...faults) =>
      proxy.setFaults(readFaults(faults, { protocol, hasStandby: standby !== null }), { leaseMs: null }),
  };
}

export async function controlOf(proxy: FaultProxy, token: string | null = null): Promise<string> {
  const control: ProxyControl = await startProxyControl(proxy, { listen: { host: '127.0.0.1', port: 0 }, token });
  open.push(control.close);
  return `http://127.0.0.1:${control.address.port}`;
}

export async function httpUpstream(
  listener: RequestListener,
): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  const port = await listenOnFreePort(server);
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { port, server };
}

export function alsoClose(close: () => Promise<unknown>): void {
  open.push(close);
}

export async function closeProxies(): Promise<void> {
  for (const close of open.splice(0).reverse()) await close();
}
