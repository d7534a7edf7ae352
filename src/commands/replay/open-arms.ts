// Opens a replay's arms as serve does, and knows when all of them can answer: a recording is not started before, and an arm that does
// not come up ends the replay with the reason.
import { codecOf, openStarted } from '../../app/open-target.ts';
import type { AppOptions } from '../../app/parts.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Environment } from '../../config/secrets.ts';
import { messageOf, PenumbraError } from '../../errors.ts';

export interface Arms {
  readonly open: NonNullable<AppOptions['openTarget']>;
  /** Resolves when every arm that was opened can answer. @throws PenumbraError RUN_CANNOT_START after `withinMs` */
  ready(withinMs: number): Promise<void>;
}

interface Opened {
  readonly name: string;
  readonly where: string;
  readonly isReady: Promise<void>;
  problem: string;
  hasAnswered: boolean;
}

export function createArms({ config, env }: { config: EffectiveConfig; env: Environment }): Arms {
  const opened: Opened[] = [];
  const codec = codecOf(config);
  return {
    open: async (arm, spec) => {
      const target = await openStarted(spec, { config, codec, env });
      let tell = (): void => {};
      const isReady = new Promise<void>((resolve) => {
        tell = resolve;
      });
      const where = spec.type === 'onnx' ? spec.file : spec.url;
      const known: Opened = { name: arm.name, where, isReady, problem: 'it did not answer', hasAnswered: false };
      opened.push(known);
      return {
        ...target,
        ready: async (signal) => {
          try {
            const answer = await target.ready(signal);
            known.hasAnswered = true;
            tell();
            return answer;
          } catch (thrown) {
            known.problem = messageOf(thrown);
            throw thrown;
          }
        },
      };
    },
    ready: async (withinMs) => {
      let timer: NodeJS.Timeout | undefined;
      const tooLate = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, withinMs);
      });
      await Promise.race([tooLate, Promise.all(opened.map(({ isReady }) => isReady))]);
      clearTimeout(timer);
      const missing = opened.find(({ hasAnswered }) => !hasAnswered);
      if (missing === undefined) return;
      const { name, where, problem } = missing;
      throw new PenumbraError('RUN_CANNOT_START', `arm "${name}" at ${where} cannot be asked: ${problem}`);
    },
  };
}
