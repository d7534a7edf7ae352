// The trial that comparators of the scale suites run, the same in every process: arms answered from a table, so that all count the same.

import type { Compare } from '../../../src/app/scale/compare.ts';
import { openCompare } from '../../../src/app/scale/open-compare.ts';
import type { ScaleConfig } from '../../../src/config/scale.ts';
import { systemClock } from '../../../src/io/clock.ts';
import type { KafkaLog } from '../../../src/io/kafka/port.ts';
import { type ConfigForTest, configForTest } from '../../support/comparator.ts';
import { createScriptedTarget } from '../../support/scripted-target.ts';
import { tableAnswers } from '../../support/table-exchanges.ts';
import { connectTo, quietLog } from '../broker/shared-address.ts';

export const trial: ConfigForTest = {
  arms: { control: '', slow: '' },
  expect: { 'slow.late': 'flip: at most 5%, material: at most 20%', slow: 'error: at most 5%' },
  settings: {
    epoch: '24h',
    start: 'with serve',
    budget: '{requests: 100000 per second, bytes: 1000MiB per second, inFlight: 10000, total: 10000000}',
  },
  top: { bucket: '1s' },
};

const answers = {
  control: tableAnswers('control', { flips: 0.001 }),
  slow: tableAnswers('slow', { flips: 0.08, fails: 0.02 }),
};

export function scaleOn(address: string, name: string, exchanges = `${name}-exchanges`): ScaleConfig {
  return {
    ...{ brokers: [address], exchanges, counts: `${name}-counts`, control: `${name}-control`, group: name },
    ...{ from: 'beginning', idleMs: 10_000, tls: null, sasl: null },
  };
}

/** Quick to see a death: otherwise a test would wait for what a person would not notice. */
export const connectQuickly = (address: string): KafkaLog => connectTo(address, { sessionMs: 3000, endEveryMs: 250 });

export function openMember(scale: ScaleConfig, kafka: KafkaLog): Compare {
  return openCompare({
    ...{ config: configForTest(trial, ':memory:'), scale, kafka, clock: systemClock, log: quietLog, env: {} },
    openTarget: async ({ name }) =>
      createScriptedTarget({ clock: systemClock, answers: answers[name as keyof typeof answers], asked: forgotten() }),
  });
}

/** Nobody looks at whom the arms were asked about. */
function forgotten(): string[] {
  const list: string[] = [];
  list.push = () => 0;
  return list;
}
