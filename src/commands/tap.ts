// `penumbra tap`: reads the command line of the relay that stands in front of production, and runs it until SIGTERM.
import { Command, InvalidArgumentError, Option } from 'commander';
import { type HostPort, startTap, type TapOptions } from '../tap/tap.ts';

const exitUsage = 64;

interface TapFlags {
  listen: HostPort;
  upstream: HostPort;
  link?: string;
  share: number;
  maxCopyBytes: number;
  maxBody: number;
  maxConnections: number;
}

export function tapCommand(): Command {
  return new Command('tap')
    .summary('relay in front of production that copies exchanges to the comparator')
    .description(
      'Stands between clients and production, relays every byte as it is, and copies whole HTTP/1.1 exchanges to the ' +
        'comparator on the side. When the comparator is slow, stopped or absent, copies are dropped and counted; ' +
        'production is never waited for, never changed and never retried.',
    )
    .requiredOption('--listen <host:port>', 'where clients connect; port 0 takes a free one', readHostPort)
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
      option('--max-connections <count>', 'clients at a time; more are closed at once', {
        read: readCount,
        standard: '10000',
      }),
    )
    .addHelpText('after', helpText)
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : exitUsage))
    .action((flags: TapFlags) => runTap(flags));
}

/** A default is written as a person would write it, and read like what people write. */
function option(
  flags: string,
  description: string,
  { read, standard }: { read: (text: string) => number; standard: string },
): Option {
  return new Option(flags, description).argParser(read).default(read(standard), standard);
}

const helpText = `
Example, with production on port 8080 and clients moved to port 9000:
  penumbra tap --listen 0.0.0.0:9000 --upstream 127.0.0.1:8080 --link /run/penumbra/tap.sock --share 20%

What it can read is plain HTTP/1.1. TLS, HTTP/2 and upgraded connections are relayed but not copied: put the tap
behind whatever ends TLS. One upstream connection is opened per client connection.

SIGTERM: accepts no more, lets exchanges under way end for up to 10 s, exits 0.
Exit codes: 0 stopped, 1 cannot listen, 64 wrong options.`;

async function runTap(flags: TapFlags): Promise<void> {
  const options: TapOptions = {
    listen: flags.listen,
    upstream: flags.upstream,
    linkPath: flags.link ?? null,
    share: flags.share,
    maxCopyBytes: flags.maxCopyBytes,
    maxBodyBytes: flags.maxBody,
    maxConnections: flags.maxConnections,
  };
  // Whoever started the tap may go away; a line that nobody reads must not end the relay.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  let tap: Awaited<ReturnType<typeof startTap>>;
  try {
    tap = await startTap(options);
  } catch (error) {
    process.stderr.write(`penumbra tap: cannot listen on ${textOf(flags.listen)}: ${reasonOf(error)}\n`);
    process.exit(1);
  }
  const stop = (): void => {
    tap.stop().then(() => process.exit(0));
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.write(`tap listening on ${textOf(tap.address)} → ${textOf(flags.upstream)}\n`);
  process.send?.({ type: 'listening', port: tap.address.port }, () => undefined);
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE') return 'another process listens there already';
  if (code === 'EACCES') return 'not permitted (ports below 1024 need a privilege)';
  return error instanceof Error ? error.message : String(error);
}

function textOf({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function readHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) throw new InvalidArgumentError('It must be host:port, e.g. 127.0.0.1:9000.');
  return { host, port };
}

function readUpstream(text: string): HostPort {
  if (/^https:/i.test(text)) {
    throw new InvalidArgumentError('The tap relays plain TCP and cannot speak TLS; name the plain-HTTP port.');
  }
  const address = readHostPort(text.replace(/^http:\/\//i, '').replace(/\/$/, ''));
  if (address.port === 0) throw new InvalidArgumentError('The upstream needs a port above 0.');
  return address;
}

function readLinkPath(text: string): string {
  // The kernel's limit for the path of a Unix socket, its closing zero not counted.
  if (text === '' || Buffer.byteLength(text) > 107) {
    throw new InvalidArgumentError('It must be a path of at most 107 bytes.');
  }
  return text;
}

function readShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(\s?%)?$/.exec(text.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === undefined ? 1 : 100);
  if (!(share >= 0 && share <= 1))
    throw new InvalidArgumentError('It must be between 0% and 100%, or between 0 and 1.');
  return share;
}

function readSize(text: string): number {
  const match = /^(\d+)\s?(B|KiB|MiB|GiB)?$/.exec(text.trim());
  const unit = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[match?.[2] ?? 'B'];
  const size = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
  if (!Number.isSafeInteger(size) || size === 0) {
    throw new InvalidArgumentError('It must be a number of bytes above 0, e.g. 1048576, 64KiB or 16MiB.');
  }
  return size;
}

function readMaxBody(text: string): number {
  const size = readSize(text);
  if (size > 16 * 1024 * 1024) throw new InvalidArgumentError('It must be at most 16MiB.');
  return size;
}

function readCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}
