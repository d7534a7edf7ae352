// How the options of `penumbra tap` are read: what a person wrote, or one line that says what is allowed.
import { InvalidArgumentError, Option } from 'commander';
import type { HostPort } from '../tap/tap.ts';

/** A default is written as a person would write it, and read like what people write. */
export function option(
  flags: string,
  description: string,
  { read, standard }: { read: (text: string) => number; standard: string },
): Option {
  return new Option(flags, description).argParser(read).default(read(standard), standard);
}

/** May be given more than once. */
export function listOption(flags: string, description: string, read: (text: string) => string): Option {
  return new Option(flags, description)
    .default([], 'all')
    .argParser((text: string, before: string[]) => [...before, read(text)]);
}

export function textOf({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function readHostPort(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65535) throw new InvalidArgumentError('It must be host:port, e.g. 127.0.0.1:9000.');
  return { host, port };
}

export function readUpstream(text: string): HostPort {
  if (/^https:/i.test(text)) {
    throw new InvalidArgumentError('The tap relays plain TCP and cannot speak TLS; name the plain-HTTP port.');
  }
  const address = readHostPort(text.replace(/^http:\/\//i, '').replace(/\/$/, ''));
  if (address.port === 0) throw new InvalidArgumentError('The upstream needs a port above 0.');
  return address;
}

export function readLinkPath(text: string): string {
  // The kernel's limit for the path of a Unix socket, its closing zero not counted.
  if (text === '' || Buffer.byteLength(text) > 107) {
    throw new InvalidArgumentError('It must be a path of at most 107 bytes.');
  }
  return text;
}

export function readShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(\s?%)?$/.exec(text.trim());
  const share = match === null ? Number.NaN : Number(match[1]) / (match[2] === undefined ? 1 : 100);
  if (!(share >= 0 && share <= 1))
    throw new InvalidArgumentError('It must be between 0% and 100%, or between 0 and 1.');
  return share;
}

export function readSize(text: string): number {
  const match = /^(\d+)\s?(B|KiB|MiB|GiB)?$/.exec(text.trim());
  const unit = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 }[match?.[2] ?? 'B'];
  const size = match === null || unit === undefined ? Number.NaN : Number(match[1]) * unit;
  if (!Number.isSafeInteger(size) || size === 0) {
    throw new InvalidArgumentError('It must be a number of bytes above 0, e.g. 1048576, 64KiB or 16MiB.');
  }
  return size;
}

export function readMaxBody(text: string): number {
  const size = readSize(text);
  if (size > 16 * 1024 * 1024) throw new InvalidArgumentError('It must be at most 16MiB.');
  return size;
}

export function readCount(text: string): number {
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new InvalidArgumentError('It must be a whole number above 0.');
  return count;
}

export function readMethod(text: string): string {
  if (!/^[A-Z]{1,20}$/.test(text)) throw new InvalidArgumentError('It must be a method in capitals, e.g. POST.');
  return text;
}

export function readRoute(text: string): string {
  if (!/^\/[^\s?#]*$/.test(text)) {
    throw new InvalidArgumentError('It must be a path without query, e.g. /v2/models/*/infer; * is one segment.');
  }
  return text;
}

/** `fd:3` is a listening socket that is there already. */
export function readListen(text: string): HostPort | { fd: number } {
  const fd = /^fd:(\d{1,4})$/.exec(text)?.[1];
  return fd === undefined ? readHostPort(text) : { fd: Number(fd) };
}
