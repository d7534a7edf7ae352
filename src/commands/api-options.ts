// The options that every command which talks to a comparator takes.
import { Option } from 'commander';

export interface ApiFlags {
  readonly url: string;
  readonly token?: string;
}

export function urlOption(): Option {
  return new Option('--url <url>', 'the comparator').env('PENUMBRA_URL').default('http://127.0.0.1:9090');
}

/** From the environment only: a token on the command line is seen by everybody on the machine. */
export function tokenOf(env: NodeJS.ProcessEnv): string | undefined {
  return env.PENUMBRA_TOKEN;
}
