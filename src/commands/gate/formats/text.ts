// The answer for people: the verdict, then its reasons, most important first.
import { gateExitCodes } from '../../../core/judge/gate.ts';
import { type GateFormat, oneLine } from './format.ts';

export const text: GateFormat = {
  name: 'text',
  summary: 'the verdict, then its reasons, for people',
  write: ({ verdict, reasons }) => ({
    stdout: [`${verdict} (exit ${gateExitCodes[verdict]})`, ...reasons.map((reason) => `  ${oneLine(reason)}`)].join(
      '\n',
    ),
  }),
};
