// The options that every command which talks to a comparator takes.
import { InvalidArgumentError, Option } from 'commander';

export interface ApiFlags {
  readonly url: string;
}

export function urlOption(): Option {
  return new Option('--url <url>', 'where the comparator answers (its api.listen)')
    .env('PENUMBRA_URL')
    .default('http://127.0.0.1:9090')
    .argParser(readUrl);
}

export const tokenHelp =
  'The bearer token, if the comparator asks for one, is taken from the environment: PENUMBRA_TOKEN.';

/** From the environment only: a token on the command line is seen by everybody on the machine. */
export function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
  const token = env.PENUMBRA_TOKEN?.trim();
  return token === '' ? undefined : token;
}

/** A parser for options that hold a comparator's address. */
export function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isSound = url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (isSound) return text;
  throw new InvalidArgumentError('It must be like http://127.0.0.1:9090, without credentials in it.');
}
