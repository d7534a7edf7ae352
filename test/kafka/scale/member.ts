// One comparator as a process of its own, to be killed and paused: member.ts SCALE, with the scale setting as JSON.
import type { ScaleConfig } from '../../../src/config/scale.ts';
import { connectQuickly, openMember } from './trial.ts';

const scale = JSON.parse(process.argv[2] ?? '{}') as ScaleConfig;
const kafka = connectQuickly(scale.brokers[0] ?? '');
let compare = openMember(scale, kafka);
await compare.start();
process.send?.('comparing');
/** Leaves the group and joins it again: everybody's partitions are given out anew, twice. */
const joinAgain = async (): Promise<void> => {
  await compare.stop();
  compare = openMember(scale, kafka);
  await compare.start();
};
const end = async (): Promise<void> => {
  await compare.stop();
  await kafka.close();
  process.exit(0);
};
process.on('message', () => void joinAgain());
process.on('SIGTERM', () => void end());
process.on('disconnect', () => process.exit(1));
