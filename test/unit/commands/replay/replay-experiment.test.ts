// What a replay makes of a config: arms whose process is struck cannot be replayed, pods that penumbra starts can.
import { describe, expect, it } from 'vitest';
import { wantedExperiment } from '../../../../src/commands/replay/replay-experiment.ts';
import { checkConfigText } from '../../../../src/config/load.ts';
import { soundConfig } from '../../../support/bad-config.ts';

function wanted(faults: string) {
  const slow = `      slow: {target: {command: run}, faults: [{${faults}}]}`;
  const text = soundConfig.replace(/ {6}slow: .*/, slow).replace(', relation: loud', '');
  const { config, errors } = checkConfigText(text, { env: {}, directory: '/' });
  if (config === null) throw new Error(JSON.stringify(errors));
  return wantedExperiment(config, { experiment: null, candidate: null });
}

describe('the experiment of a replay', () => {
  it('may have arms that penumbra starts', () => {
    expect(wanted('delay: 1s').arms.map(({ target }) => target?.type)).toEqual(['http', 'http', 'command']);
  });

  it('has no process that is struck: how long one takes to come back is seen live only', () => {
    expect(() => wanted('pause: 2s, every: 30s')).toThrow(/arm "slow" has the fault pause: .* can only be seen live/);
  });
});
