// JUnit XML: the gate as one test case, and each hypothesis as another, so that CI systems show them where they show tests. A gate that
// is not decided is `skipped`: what stops the pipeline is the exit code.
import type { GateAnswer, GateHypothesis } from '../answer.ts';
import { besides, type GateFormat, oneLine } from './format.ts';

export const junit: GateFormat = {
  name: 'junit',
  summary: 'JUnit XML: the gate and every hypothesis as a test case',
  write: (answer) => ({ stdout: junitXml(answer) }),
};

type Result = 'passed' | 'failure' | 'error' | 'skipped';

interface TestCase {
  readonly name: string;
  readonly result: Result;
  readonly message: string;
  readonly type: string;
}

export function junitXml(answer: GateAnswer): string {
  const suite = `penumbra gate${answer.experiment === undefined ? '' : ` ${answer.experiment}`}`;
  const cases = [ofGate(answer), ...(answer.hypotheses ?? []).map(ofHypothesis)];
  const count = (result: Result): number => cases.filter((one) => one.result === result).length;
  const counts = `tests="${cases.length}" failures="${count('failure')}" errors="${count('error')}" skipped="${count('skipped')}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts} time="0">`,
    `  <testsuite name="${escaped(suite)}" ${counts} time="0">`,
    ...cases.map((one) => `    ${element(one, suite)}`),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

const results: Readonly<Record<GateAnswer['verdict'], Result>> = {
  PASS: 'passed',
  FAIL: 'failure',
  BIASED: 'failure',
  INCONCLUSIVE: 'skipped',
  NO_DATA: 'skipped',
  STALE: 'skipped',
  TIMEOUT: 'skipped',
  ABORTED: 'error',
  ERROR: 'error',
};

function ofGate({ verdict, reasons, ...more }: GateAnswer): TestCase {
  return {
    name: 'may be promoted',
    result: results[verdict],
    type: verdict,
    message: `${verdict}: ${[...reasons, ...besides(more)].join('; ')}`,
  };
}

function ofHypothesis({ id, verdict, required, sentence = '' }: GateHypothesis): TestCase {
  const isAgainst = verdict === 'VIOLATED' || verdict === 'REGRESSED';
  const open: Result = verdict === 'UNDECIDED' || !required ? 'skipped' : 'passed';
  const advisory = required ? '' : ' (not required)';
  return {
    name: id,
    result: isAgainst && required ? 'failure' : verdict === 'HOLDS' ? 'passed' : open,
    type: verdict,
    message: `${verdict}${advisory}: ${sentence}`,
  };
}

function element({ name, result, message, type }: TestCase, suite: string): string {
  const open = `<testcase classname="${escaped(suite)}" name="${escaped(name)}" time="0"`;
  if (result === 'passed') return `${open}/>`;
  const said = escaped(oneLine(message));
  const within =
    result === 'skipped' ? `<skipped message="${said}"/>` : `<${result} type="${escaped(type)}" message="${said}"/>`;
  return `${open}>${within}</testcase>`;
}

/** XML 1.0 has no way to write most control characters: they become spaces. */
function escaped(text: string): string {
  return oneLine(text, 1000)
    .replace(/[\uFFFE\uFFFF]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
