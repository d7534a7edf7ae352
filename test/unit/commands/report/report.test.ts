// The report of a run: what a reviewer must find in it, and that nothing in it runs, whatever names and answers hold.
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { hashOf, type ReportMaterial } from '../../../../src/commands/report/material.ts';
import { reportHtml } from '../../../../src/commands/report/report-html.ts';
import { reportMarkdown } from '../../../../src/commands/report/report-markdown.ts';
import { defaultFile } from '../../../../src/commands/report.ts';

const hypothesis = {
  id: 'candidate.late.flip',
  verdict: 'VIOLATED',
  required: true,
  n: 61,
  sentence: 'flip rate 17.9 % [16.8, 19.1] is over the limit of 1 %',
  estimate: 0.179,
  interval: [0.168, 0.191],
  tolerance: 0.01,
  relation: 'bounded',
};

function materialOf({ name = 'flight-delay', what = 'late: 0 became 1' } = {}): ReportMaterial {
  const conservation = { received: 70, compared: 61, skipped: { warm_up: 9 }, dropped: {}, inFlight: 0 };
  const candidate = { target: null, digest: null, ref: 'abc', version: 'v2-units' };
  return {
    service: name,
    madeAt: 1_700_000_000_000,
    run: {
      id: 'r1',
      experiment: 'release',
      state: 'COMPLETED',
      endReason: 'decided',
      policyHash: '0123456789abcdef',
      startedAt: 1_700_000_000_000,
      endedAt: 1_700_000_060_000,
      notes: ['ended: decided'],
      arms: [
        {
          name: 'candidate',
          conservation,
          hypotheses: [
            hypothesis,
            {
              ...hypothesis,
              id: 'candidate.other',
              required: false,
              interval: null,
              estimate: null,
              verdict: 'UNDECIDED',
            },
          ],
        },
      ],
    },
    gate: {
      verdict: 'FAIL',
      reasons: [hypothesis.sentence],
      candidate,
      productionVersion: 'v1',
      expiresAt: null,
      serviceVersion: '0.1.0',
    },
    verdicts: [
      {
        hypothesis: hypothesis.id,
        at: 1_700_000_030_000,
        from: 'UNDECIDED',
        to: 'VIOLATED',
        n: 61,
        sentence: hypothesis.sentence,
      },
    ],
    effectSizes: [],
    samples: [
      {
        runId: 'r1',
        arm: 'candidate',
        exchangeId: 'x-1',
        at: 1,
        what,
        features: { dep_delay: 3 },
        production: { late: { kind: 'binary', label: 'false', scores: [0.2080833], value: null, confidence: 0.79 } },
        answer: { late: { kind: 'binary', label: 'true', scores: [0.61], value: null, confidence: 0.61 } },
      },
    ],
  } as unknown as ReportMaterial;
}

describe('as HTML', () => {
  it('holds decision, reasons, identity, evidence with a picture, and the sample', () => {
    const html = reportHtml(materialOf());
    for (const part of [
      '>FAIL<',
      hypothesis.sentence,
      'v2-units',
      '0123456789abcdef',
      'over limit',
      'not yet known (not required)',
      '70 received = 61 compared + skipped (9 warm up) + dropped (none) + 0 in flight',
      'x-1',
      'late: 0 became 1',
      '>late: false (score 0.208083)<',
      '>late: true (score 0.61)<',
      '>dep_delay 3<',
      hashOf(materialOf()),
    ]) {
      expect(html).toContain(part);
    }
    expect(html.match(/<svg/g)).toHaveLength(1);
  });

  it('draws the estimate to the right of the limit that it is over', () => {
    const html = reportHtml(materialOf());
    const limit = Number(/<line x1="([\d.]+)"[^>]*class="limit"/.exec(html)?.[1]);
    const estimate = Number(/<circle cx="([\d.]+)"/.exec(html)?.[1]);
    expect(limit).toBeGreaterThan(0);
    expect(estimate).toBeGreaterThan(limit);
  });

  it('a name cannot become markup', () => {
    const html = reportHtml(materialOf({ name: '<script>alert(1)</script>', what: '"><img src=x onerror=alert(1)>' }));
    expect(html).not.toMatch(/<script|<img/);
    const body = html.slice(html.indexOf('<body>'));
    expect(XMLValidator.validate(body.replace('</html>', ''))).toBe(true);
  });
});

describe('as Markdown', () => {
  it('holds the same in tables, and names stay text', () => {
    const text = reportMarkdown(materialOf({ what: 'a | b <b>' }));
    expect(text).toContain('# FAIL: flight-delay, release, run r1');
    expect(text).toContain('| candidate.late.flip | over limit | 61 |');
    expect(text).toContain('a &#124; b &lt;b&gt;');
  });
});

it('without a file name it goes where the run says, whatever a run is called', () => {
  expect(defaultFile('ea59bb5c')).toBe('penumbra-report-ea59bb5c.html');
  expect(defaultFile('../../etc/x y')).toBe('penumbra-report-.._.._etc_x_y.html');
});
