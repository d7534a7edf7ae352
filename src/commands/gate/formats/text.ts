// The answer for people: the verdict, then its reasons, most important first.
import { gateExitCodes } from '../../../core/judge/gate.ts';
import { besides, type GateFormat, oneLine } from './format.ts';

export const text: GateFormat = {
  name: 'text',
  summary: 'the verdict, then its reasons, for people',
  write: ({ verdict, reasons, ...more }) => ({
    stdout: [
      `${verdict} (exit ${gateExitCodes[verdict]})`,
      ...[...reasons, ...besides(more)].map((line) => `  ${oneLine(line)}`),
    ].join('\n'),
  }),
};
