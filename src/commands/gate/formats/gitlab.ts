// GitLab CI: the words on the job's log, and two reports beside it that a job declares under `artifacts:reports`: JUnit, which the merge
// request shows, and dotenv, which hands the verdict to later jobs.
import { gateExitCodes } from '../../../core/judge/gate.ts';
import { type GateFormat, oneLine } from './format.ts';
import { junitXml } from './junit.ts';
import { text } from './text.ts';

export const gitlab: GateFormat = {
  name: 'gitlab',
  summary: 'GitLab CI: text, and the reports penumbra-gate.xml (junit) and penumbra-gate.env (dotenv)',
  write: (answer, environment) => {
    const { verdict, run = '', reasonCode } = answer;
    const variables = { VERDICT: verdict, EXIT_CODE: gateExitCodes[verdict], RUN: run, REASON: reasonCode };
    const lines = Object.entries(variables).map(([name, value]) => `PENUMBRA_${name}=${word(String(value))}\n`);
    return {
      ...text.write(answer, environment),
      files: [
        { path: 'penumbra-gate.xml', text: `${junitXml(answer)}\n`, append: false },
        { path: 'penumbra-gate.env', text: lines.join(''), append: false },
      ],
    };
  },
};

/** A dotenv report knows no quotes: only what needs none. */
function word(value: string): string {
  return oneLine(value).replace(/[^\w.:-]/g, '_');
}
