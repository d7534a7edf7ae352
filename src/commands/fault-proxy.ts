// `penumbra fault-proxy`: stands in front of what a shadow pod depends on, and makes it slow, wrong or absent on purpose.
import { Command, Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { parseRate, parseSize } from '../config/sizes-and-rates.ts';
import { formatDuration, parseDurationMs, parseShare } from '../core/units.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { type ProxyControl, startProxyControl } from '../faults/proxy/control.ts';
import { keyReaderOf } from '../faults/proxy/entity-key.ts';
import { type FaultProxy, startFaultProxy } from '../faults/proxy/proxy.ts';
import { type ProxyFaultUse, parseFaultText, readFaults, writeFault } from '../faults/proxy/read-faults.ts';
import { type FaultProxySettings, hostPortText } from '../faults/proxy/settings.ts';
import { parseListenAddress } from '../io/listen-address.ts';
import { helpText } from './fault-proxy/help.ts';
import { type PlainFlags, settingsFromConfig, settingsFromFlags } from './fault-proxy/settings.ts';
import { optionOf, usageExit, withExitCodes } from './server-process.ts';

interface FaultProxyFlags extends PlainFlags {
  readonly config?: string;
  readonly dependency?: string;
  readonly fault: readonly string[];
  readonly lease?: number;
}

export function faultProxyCommand(): Command {
  const command = withExitCodes(new Command('fault-proxy'));
  command
    .summary('make what a shadow pod depends on slow, wrong or absent, switched while it runs')
    .description(
      'Stands between a shadow pod and its dependency (a feature store, Redis) and passes every byte on as it is, until a ' +
        'fault is switched on. What reaches the dependency stays under caps; faults end by themselves when whoever set ' +
        'them goes away; removing them is verified by a probe.',
    )
    .option('--config <file>', 'take the dependency from a config')
    .option('--dependency <name>', 'which of the dependencies in the config');
  for (const option of plainOptions()) command.addOption(option);
  command
    .option('--fault <fault>', 'a fault to start with, again for more: latency=800ms,share=30%', gather, [])
    .addOption(flag('--lease <duration>', 'the faults given here end after this time, too', parseDurationMs))
    .addHelpText('after', helpText)
    .action((flags: FaultProxyFlags) => runFaultProxy(command, flags));
  return command;
}

function flag<Value>(flags: string, description: string, parse: (text: string) => Value): Option {
  return new Option(flags, description).argParser(optionOf(parse));
}

function plainOptions(): readonly Option[] {
  return [
    new Option('--protocol <protocol>', 'http, or tcp for anything else').choices(['http', 'tcp']).default('http'),
    flag('--listen <host:port>', 'where the shadow pod connects; port 0 takes any free one', parseListenAddress),
    flag('--upstream <address>', 'where the dependency really is: http://host:port or host:port', parseUpstream),
    flag('--standby <address>', 'a second upstream, for the fault failover', parseUpstream),
    flag(
      '--control <host:port>',
      'where faults are switched and metrics read; beyond this machine it needs a token',
      parseListenAddress,
    ),
    new Option('--token-env <name>', 'the environment variable that holds the control token'),
    flag('--slo-latency <duration>', 'what the dependency promises: no call takes longer', parseDurationMs),
    flag('--slo-errors <share>', 'what it promises: no larger share of calls without a good answer', parseShare),
    flag('--max-requests <rate>', 'most requests per time (tcp: connections) (default: 1000 per second)', parseRate),
    flag('--max-connections <count>', 'most connections to the upstream (default: 512)', parseCount),
    flag('--max-in-flight <count>', 'most requests under way at the upstream (default: 256)', parseCount),
    new Option('--probe <what>', 'http: a path; tcp: bytes such as "PING\\r\\n"; asked after faults are removed'),
    flag('--key <pattern>', 'what a share is taken by: request, path or /features/{key} (default: request)', parseKey),
    new Option('--seed <text>', 'decides whom a share selects (default: "1")'),
    flag('--remember <size>', 'memory for earlier answers, for the fault stale (default: 8MiB)', parseSize),
  ];
}

function gather(text: string, before: readonly string[]): readonly string[] {
  return [...before, text];
}

function parseCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new PenumbraError('USAGE', `a count requires a whole number above 0, not "${text}"`);
  return count;
}

function parseUpstream(text: string) {
  if (/^https:/i.test(text))
    throw new PenumbraError('USAGE', 'an upstream requires plain HTTP or TCP: name the port where TLS has ended');
  const address = parseListenAddress(text.replace(/^(?:http|tcp|redis):\/\//i, '').replace(/\/$/, ''));
  if (address.port === 0) throw new PenumbraError('USAGE', 'an upstream requires a port above 0');
  return address;
}

function parseKey(text: string): string {
  keyReaderOf(text);
  return text;
}

async function runFaultProxy(command: Command, flags: FaultProxyFlags): Promise<void> {
  try {
    const settings = readSettings(flags);
    const uses = readFaults(flags.fault.map(parseFaultText), {
      protocol: settings.protocol,
      hasStandby: settings.standby !== null,
    });
    const proxy = await startFaultProxy(settings);
    proxy.setFaults(uses, { leaseMs: flags.lease ?? null });
    const control = await openControl(proxy);
    stopWithProcess(proxy, control);
    process.stdout.write(introduction(proxy, { control, uses, leaseMs: flags.lease ?? null }));
    process.send?.({ type: 'listening', port: proxy.address.port, controlPort: control?.address.port ?? null });
  } catch (thrown) {
    const isUsage = thrown instanceof PenumbraError && thrown.code === 'USAGE';
    command.error(`fault-proxy: ${messageOf(thrown)}`, { exitCode: isUsage ? usageExit : 1 });
  }
}

function readSettings(flags: FaultProxyFlags): FaultProxySettings {
  if (flags.config === undefined) {
    if (flags.dependency !== undefined) throw new PenumbraError('USAGE', '--dependency requires --config');
    return settingsFromFlags(flags, process.env);
  }
  const config = loadConfig(flags.config, { env: process.env });
  return settingsFromConfig(config, { name: flags.dependency, flags, env: process.env });
}

async function openControl(proxy: FaultProxy): Promise<ProxyControl | null> {
  const { control, token } = proxy.settings;
  if (control === null) return null;
  return startProxyControl(proxy, { listen: control, token }).catch(async (thrown: unknown) => {
    await proxy.close();
    throw thrown;
  });
}

function introduction(
  { settings, address }: FaultProxy,
  { control, uses, leaseMs }: { control: ProxyControl | null; uses: readonly ProxyFaultUse[]; leaseMs: number | null },
): string {
  const faults = uses.map((use) =>
    Object.entries(writeFault(use))
      .map(([key, value]) => `${key}=${value}`)
      .join(','),
  );
  const until = leaseMs === null ? '' : `, for ${formatDuration(leaseMs)}`;
  const lines = [
    `fault-proxy ${settings.name} listening on ${hostPortText(address)} → ${hostPortText(settings.upstream)} (${settings.protocol})`,
    control === null ? 'no control: faults stay as they are' : `control on http://${hostPortText(control.address)}`,
    faults.length === 0 ? 'no faults: every byte passes as it is' : `faults: ${faults.join(' · ')}${until}`,
  ];
  return `${lines.join('\n')}\n`;
}

function stopWithProcess(proxy: FaultProxy, control: ProxyControl | null): void {
  const stop = (): void => {
    Promise.all([proxy.close(), control?.close()]).then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  // A parent that started it over IPC and died leaves nobody to stop it.
  process.once('disconnect', stop);
}
