// The forms of a gate's answer: what a pipeline reads, and that nothing a stranger says can break out of its place in them.

import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import type { GateAnswer } from '../../../../src/commands/gate/answer.ts';
import { gateFormats } from '../../../../src/commands/gate/formats/index.ts';
import { gateExitCodes } from '../../../../src/core/judge/gate.ts';
import type { GateVerdict } from '../../../../src/model.ts';

const answer: GateAnswer = {
  verdict: 'FAIL',
  reasonCode: 'violated',
  reasons: ['candidate: flip rate 17.9 % is over the limit of 1 %', 'control: within the limit'],
  final: true,
  run: 'a1b2c3d4',
  experiment: 'release',
  candidate: { version: 'v2', digest: null },
  pairs: 8412,
  hypotheses: [
    { id: 'candidate.late.flip', required: true, verdict: 'VIOLATED', n: 61, sentence: 'flip rate 17.9 % is over' },
    { id: 'candidate.error', required: true, verdict: 'HOLDS', n: 900, sentence: 'error rate 0 %' },
    { id: 'candidate.late.worse', required: false, verdict: 'UNDECIDED', n: 5, sentence: 'not yet known' },
  ],
};

const written = (format: string, given: GateAnswer = answer, environment = {}) =>
  gateFormats.find(({ name }) => name === format)?.write(given, environment) ?? { stdout: '' };

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: '', parseAttributeValue: false });

describe('junit', () => {
  it('shows the gate and each hypothesis as a test case, with their counts', () => {
    const { testsuites } = parser.parse(written('junit').stdout);
    expect(testsuites).toMatchObject({ tests: '4', failures: '2', errors: '0', skipped: '1' });
    const cases = testsuites.testsuite.testcase;
    expect(cases.map((one: { name: string }) => one.name)).toEqual([
      'may be promoted',
      'candidate.late.flip',
      'candidate.error',
      'candidate.late.worse',
    ]);
    expect(cases[1]).toMatchObject({ classname: 'penumbra gate release', failure: { type: 'VIOLATED' } });
    expect(cases[2].failure).toBeUndefined();
    expect(cases[3].skipped.message).toContain('not required');
  });

  it('is never green unless the gate passes', () => {
    for (const verdict of Object.keys(gateExitCodes) as GateVerdict[]) {
      const [gate] = [parser.parse(written('junit', { ...answer, verdict }).stdout)].map(
        ({ testsuites }) => testsuites.testsuite.testcase[0],
      );
      const isGreen = gate.failure === undefined && gate.error === undefined && gate.skipped === undefined;
      expect([verdict, isGreen]).toEqual([verdict, verdict === 'PASS']);
    }
  });

  it('stays well-formed XML whatever the comparator says', () => {
    const strange = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(strange, strange, (one, other) => {
        const [hypothesis] = answer.hypotheses ?? [];
        const hypotheses = hypothesis === undefined ? [] : [{ ...hypothesis, id: one, sentence: other }];
        const given = { ...answer, reasons: [one, other], experiment: other, hypotheses };
        const { stdout } = written('junit', given);
        expect(XMLValidator.validate(stdout)).toBe(true);
        expect(parser.parse(stdout).testsuites.testsuite.testcase).toHaveLength(2);
      }),
    );
  });
});

describe('github', () => {
  it('annotates each reason, and writes the summary and the outputs', () => {
    const { stdout, files } = written('github', answer, { GITHUB_STEP_SUMMARY: '/s', GITHUB_OUTPUT: '/o' });
    expect(stdout.split('\n')).toEqual([
      'FAIL (exit 10)',
      '::error title=penumbra gate FAIL::candidate: flip rate 17.9 %25 is over the limit of 1 %25',
      '::error title=penumbra gate FAIL::control: within the limit',
    ]);
    expect(files?.find(({ path }) => path === '/o')?.text).toBe(
      'verdict=FAIL\nexit-code=10\nrun=a1b2c3d4\nreason=violated\n',
    );
    expect(files?.find(({ path }) => path === '/s')?.text).toContain('| candidate.late.flip | VIOLATED | 61 |');
  });

  it('a reason can neither give a command nor set an output', () => {
    const { stdout, files } = written(
      'github',
      { ...answer, reasons: ['x\n::set-env name=A::b'], reasonCode: 'a\nverdict=PASS', run: 'r\r\nverdict=PASS' },
      { GITHUB_OUTPUT: '/o' },
    );
    expect(stdout.split('\n').filter((line) => line.startsWith('::'))).toHaveLength(1);
    const names = files?.[0]?.text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names).toEqual(['verdict', 'exit-code', 'run', 'reason']);
  });
});

describe('markdown', () => {
  it('keeps what was said as text: no tag, link, cell or mention comes of it', () => {
    const { stdout } = written('markdown', { ...answer, reasons: ['<img src=x> [a](http://b) @all | *c*'] });
    expect(stdout).not.toMatch(/<img|\]\(|@all|\*c\*/);
    expect(stdout.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(4);
  });

  it('says an answer that never came', () => {
    const none: GateAnswer = { verdict: 'ERROR', reasonCode: 'unreachable', reasons: ['refused'], final: false };
    expect(written('markdown', none).stdout).toBe('### penumbra gate: ERROR (exit 20)\n\n- refused');
  });
});

describe('gitlab', () => {
  it('writes the two reports that a job declares', () => {
    const { stdout, files } = written('gitlab');
    expect(stdout).toContain('FAIL (exit 10)');
    expect(files?.map(({ path }) => path)).toEqual(['penumbra-gate.xml', 'penumbra-gate.env']);
    expect(files?.[1]?.text).toBe(
      'PENUMBRA_VERDICT=FAIL\nPENUMBRA_EXIT_CODE=10\nPENUMBRA_RUN=a1b2c3d4\nPENUMBRA_REASON=violated\n',
    );
  });
});
