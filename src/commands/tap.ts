// `penumbra tap`: reads the command line of the relay that stands in front of production, and runs it until SIGTERM.
import { Command } from 'commander';
import { connectionsAllowed } from '../tap/descriptor-budget.ts';
import { type HostPort, type Listen, startTap, type Tap, type TapOptions } from '../tap/tap.ts';
import { handOver, takeOver } from './tap-hand-over.ts';
import {
  listOption,
  option,
  readCount,
  readLinkPath,
  readListen,
  readMaxBody,
  readMethod,
  readRoute,
  readShare,
  readSize,
  readUpstream,
  textOf,
} from './tap-options.ts';

const exitUsage = 64;

interface TapFlags {
  listen: HostPort | { fd: number };
  upstream: HostPort;
  link?: string;
  share: number;
  maxCopyBytes: number;
  maxBody: number;
  maxConnections: number;
  /** Whether somebody has asked for that many. */
  isCountChosen: boolean;
  method: string[];
  route: string[];
  reusePort: boolean;
  streams: boolean;
}

export function tapCommand(): Command {
  return new Command('tap')
    .summary('relay in front of production that copies exchanges to the comparator')
    .description(
      'Stands between clients and production, relays every byte as it is, and copies whole HTTP/1.1 exchanges to the ' +
        'comparator on the side. When the comparator is slow, stopped or absent, copies are dropped and counted; ' +
        'production is never waited for, never changed and never retried.',
    )
    .requiredOption('--listen <host:port>', 'where clients connect; port 0 takes a free one', readListen)
    .requiredOption('--upstream <host:port>', 'where production answers (http://host:port is fine)', readUpstream)
    .option('--link <path>', 'Unix socket of the comparator; without it nothing is copied', readLinkPath)
    .addOption(
      option('--share <share>', 'share of exchanges to copy, as 20% or 0.2', { read: readShare, standard: '100%' }),
    )
    .addOption(option('--max-copy-bytes <size>', 'most memory held for copies', { read: readSize, standard: '16MiB' }))
    .addOption(
      option('--max-body <size>', 'longest body that is copied; at most 16MiB', {
        read: readMaxBody,
        standard: '1MiB',
      }),
    )
    .addOption(
      option(
        '--max-connections <count>',
        'clients at a time, as far as open files allow; 64 more wait up to 10 s for a place',
        {
          read: readCount,
          standard: '10000',
        },
      ),
    )
    .addOption(listOption('--method <method>', 'copy only requests with this method; may be repeated', readMethod))
    .addOption(
      listOption('--route <path>', 'copy only requests for this path, * is one segment; may be repeated', readRoute),
    )
    .option('--reuse-port', 'share the port with other taps that say so too (Node 22.12 or newer)', false)
    .option('--streams', "relay by Node's public streams, which costs more, even where TCP handles work", false)
    .addHelpText('after', helpText)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitUsage))
    .action((flags: TapFlags, command: Command) =>
      runTap({ ...flags, isCountChosen: command.getOptionValueSource('maxConnections') === 'cli' }),
    );
}

const helpText = `
Example, with production on port 8080 and clients moved to port 9000:
  penumbra tap --listen 0.0.0.0:9000 --upstream 127.0.0.1:8080 --link /run/penumbra/tap.sock --share 20%

What it can read is plain HTTP/1.1. TLS, HTTP/2 and upgraded connections are relayed but not copied: put the tap
behind whatever ends TLS. One upstream connection is opened per client connection.

SIGTERM: accepts no more, lets exchanges under way end for up to 10 s, exits 0.
SIGUSR2: starts the same command anew and hands the listening socket over to it; no connection is refused in between.
A --listen of fd:3 uses a listening socket that whoever started the tap has opened as that descriptor (systemd: fd:3).
Exit codes: 0 stopped, 1 cannot listen, 64 wrong options.`;

async function runTap(flags: TapFlags): Promise<void> {
  // Whoever started the tap may go away; a line that nobody reads must not end the relay.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  let tap: Tap;
  try {
    const handle = await takeOver();
    tap = await startTap(optionsOf(flags, handle === null ? listenOf(flags) : { handle }));
  } catch (error) {
    process.stderr.write(`penumbra tap: cannot listen on ${whereOf(flags.listen)}: ${reasonOf(error)}\n`);
    process.exit(1);
  }
  const stop = (): void => {
    tap.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.on('SIGUSR2', () => handOver(tap.socket, stop));
  process.stdout.write(`tap listening on ${textOf(tap.address)} → ${textOf(flags.upstream)}\n`);
  process.send?.({ type: 'listening', port: tap.address.port }, () => undefined);
}

function listenOf({ listen, reusePort }: TapFlags): Listen {
  if (reusePort && !canReusePort())
    throw new Error(`--reuse-port needs Node 22.12 or newer, this is ${process.version}`);
  return 'fd' in listen ? listen : { ...listen, isShared: reusePort };
}

function canReusePort(): boolean {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major > 23 || (major === 23 && minor >= 1) || (major === 22 && minor >= 12);
}

function optionsOf(flags: TapFlags, listen: Listen): TapOptions {
  return {
    listen,
    upstream: flags.upstream,
    linkPath: flags.link ?? null,
    share: flags.share,
    methods: flags.method,
    routes: flags.route,
    maxCopyBytes: flags.maxCopyBytes,
    maxBodyBytes: flags.maxBody,
    maxConnections: withinDescriptors(flags),
    relayBy: flags.streams ? 'streams' : 'handles',
  };
}

/** Two descriptors for each client: better said at the start than found out under load. */
function withinDescriptors({ maxConnections: wanted, isCountChosen }: TapFlags): number {
  const allowed = connectionsAllowed();
  if (allowed === null || wanted <= allowed) return wanted;
  if (!isCountChosen) return allowed;
  process.stderr.write(
    `penumbra tap: the limit of open files is enough for ${allowed} clients at a time, not ${wanted}; raise it (ulimit -n)\n`,
  );
  return allowed;
}

function whereOf(listen: TapFlags['listen']): string {
  return 'fd' in listen ? `fd:${listen.fd}` : textOf(listen);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return 'another process listens there already';
  if (code === 'EACCES') return 'not permitted (ports below 1024 need a privilege)';
  return error instanceof Error ? error.message : String(error);
}
