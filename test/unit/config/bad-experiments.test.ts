// What is refused in an experiment: each with its exact place and words. `‸` marks where.
import { describe, expect, it } from 'vitest';
import { problemsOf, withLine } from '../../support/bad-config.ts';

// biome-ignore format: one case a line reads as the table it is
const cases: readonly (readonly [what: string, line: string, by: string, words: string])[] = [
  ['a second candidate', 'candidate: {', '      candidate: {target: {url: http://127.0.0.1:8082}}\n      ‸v3: {target: {url: http://127.0.0.1:8084}}', 'an experiment has at most one candidate; candidate is one already: give each its own experiment'],
  ['a second control', 'control:', '      control: {target: {url: http://127.0.0.1:8081}}\n      ‸twin: {target: {url: http://127.0.0.1:8084}, role: control}', 'an experiment has at most one control; control is one already'],
  ['a control under a fault', 'control:', '      control: {target: {url: http://127.0.0.1:8081}, ‸perturb: [{zero: speed}]}', 'it takes no perturb and no faults'],
  ['a fault arm called candidate', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, role: ‸candidate, faults: [{delay: 300ms, share: 10%}]}', 'an arm with perturb or faults is a fault arm, not a candidate'],
  ['a name with a dot', 'control:', '      control: {target: {url: http://127.0.0.1:8081}}\n      ‸v2.1: {role: candidate}', '"v2.1" is not a name of letters, digits, _ and -'],
  ['production by address', 'slow: {', '      slow: {target: {url: ‸http://localhost:8080/}, faults: [{delay: 300ms, share: 10%}]}', 'this is production itself'],
  ['the tap as an arm', 'slow: {', '      slow: {target: {url: ‸http://127.0.0.1:9000}, faults: [{delay: 300ms, share: 10%}]}', 'this is the tap in front of production'],
  ['a fault on production', 'slow: {', '      slow: {target: ‸production, allowLoadOnProduction: 5 per second, faults: [{delay: 300ms, share: 10%}]}', 'target: production is for a control only: a fault arm must never reach production'],
  ['load on production unsaid', 'control:', '      control: {target: ‸production}', 'say how much with allowLoadOnProduction: 5 per second'],
  ['load without production', 'control:', '      control: {target: {url: http://127.0.0.1:8081}, ‸allowLoadOnProduction: 5 per second}', 'allowLoadOnProduction is for an arm with target: production'],
  ['a model that is not there', 'candidate: {', '      candidate: {target: {onnx: ‸nowhere.onnx}}', 'cannot be read'],
  ['an unknown kind of target', 'candidate: {', '      candidate: {target: {‸uri: http://127.0.0.1:8082}}', 'unknown key "uri"'],
  ['a header that frames a message', 'candidate: {', '      candidate: {target: {url: http://127.0.0.1:8082, forward: [x-tenant, ‸Host]}}', 'cannot name a header that belongs to one connection'],
  ['a header that every copy gets', 'candidate: {', '      candidate: {target: {url: http://127.0.0.1:8082, forward: [‸traceparent]}}', 'cannot name a header that every copy gets a value of its own for'],
  ['a header that is none', 'candidate: {', '      candidate: {target: {url: http://127.0.0.1:8082, forward: [‸"x tenant"]}}', 'requires names of headers, such as x-tenant'],
  ['an unknown perturbation', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{‸zeroo: speed, share: 10%}]}', 'perturbation "zeroo" is unknown (did you mean "zero"?); known: drop, zero, default, noise, scale'],
  ['a perturbation without its measure', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{stale: ‸speed, share: 10%}]}', 'stale requires either requests or age'],
  ['an entity key that is no input', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{stale: ‸speed, requests: 2, key: kin}]}', 'stale names "kin", which is no declared input; declared: speed, kind (did you mean "kind"?)'],
  ['an unknown group', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{zero: ‸group wether}]}', 'zero names "group wether", which is no declared group; none is declared (see inputs)'],
  ['a perturbation of two features given one', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{swap: ‸speed}]}', 'swap requires exactly two features, got 1'],
  ['a start that is no moment', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{drift: ‸speed, shift: 2, over: 10m, start: today}]}', 'a moment requires the form 2026-03-01T09:00:00Z, got "today"'],
  ['an unknown feature', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{zero: ‸sped, share: 10%}]}', '(did you mean "speed"?)'],
  ['a feature that cannot be changed so', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{scale: ‸kind, by: 2, share: 10%}]}', 'scale cannot change kind'],
  ['an option that is missing', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [‸{scale: speed, share: 10%}]}', 'requires by for scale'],
  ['an option that is unknown', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, perturb: [{zero: speed, ‸chance: 10%}]}', 'unknown key "chance"'],
  ['a fault of later', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, faults: [{‸reset: 1s, share: 10%}]}', 'fault "reset" is not supported yet; known: delay, abort, hang'],
  ['a delay without unit', 'slow: {', '      slow: {target: {url: http://127.0.0.1:8083}, faults: [{delay: ‸300, share: 10%}]}', 'requires a duration with its unit'],
  ['an arm that is not there', 'candidate.late:', '      ‸canddate.late: {flip: at most 5%}\n      candidate.late: {flip: at most 5%}', '"canddate.late" names no arm of this experiment (did you mean "candidate"?)'],
  ['a decision that is not there', 'slow.late:', '      ‸slow.lat: {silentWrong: at most 1%}', '"lat" is no decision (did you mean "late"?); decisions: late, eta'],
  ['an unknown metric', 'slow.late:', '      slow.late: {‸silentwrong: at most 1%}', 'metric "silentwrong" is unknown (did you mean "silentWrong"?)'],
  ['a latency against a fixed limit', 'slow.late:', '      slow: {latency: ‸at most 20%}', 'latency is only judged against the control: say "no more than control + 20%"'],
  ['a latency of the control', 'slow.late:', '      control: {latency: ‸no more than control + 20%}', 'control cannot be compared with itself: say sloBreach: "at most …"'],
  ['a latency of a decision', 'slow.late:', '      slow.late: {‸latency: no more than control + 20%}', 'latency is about the whole answer: write it under slow'],
  ['a latency limit below the statistic’s', 'slow.late:', '      slow: {latency: ‸no more than control + 4.9%}', 'latency is judged from control + 5% to below control + 100%'],
  ['a latency of twice the control’s', 'slow.late:', '      slow: {latency: ‸no more than control + 100%}', 'cannot be 100%: a limit beyond the control is below 100%'],
  ['a metric of later', 'slow.late:', '      slow.late: {‸drift: at most 1%}', 'metric "drift" is not supported yet'],
  ['a metric of a decision under an arm', 'slow.late:', '      slow: {‸flip: at most 1%}', 'flip is about one decision: write it under slow.late'],
  ['a metric of an arm under a decision', 'slow.late:', '      slow.late: {‸error: at most 1%}', 'error is about the whole answer: write it under slow'],
  ['flips of a number', 'slow.late:', '      slow.eta: {‸flip: at most 1%}', 'flip does not apply to eta, which is of kind regression; metrics that do: material, silentWrong, recovered, worse'],
  ['a limit that is none', 'slow.late:', '      slow.late: {flip: ‸below 5%}', 'requires "at most 5%", "no more than control + 0.5%", "at least 2%" or "practically none"'],
  ['a limit without unit', 'slow.late:', '      slow.late: {flip: ‸at most 5}', 'requires "at most 5%"'],
  ['a limit of nothing', 'slow.late:', '      slow.late: {flip: ‸at most 0%}', 'no number of requests proves that something never happens'],
  ['a limit of everything', 'slow.late:', '      slow.late: {flip: ‸at most 100%}', 'nothing would be tested'],
  ['a control compared with itself', 'slow.late:', '      control: {error: ‸no more than control + 1%}', 'control cannot be compared with itself'],
  ['truth compared with control', 'slow.late:', '      slow.late: {worse: ‸no more than control + 1%}', 'worse is judged against production by the true outcomes'],
  ['availability with an upper limit', 'slow.late:', '      slow: {available: ‸at most 1%}', 'say "at least 99%"'],
  ['loud flips', 'slow.late:', '      slow.late: {flip: at most 1%, relation: ‸loud}', 'relation: loud is for silentWrong alone'],
  ['a loud candidate', 'candidate.late:', '      candidate.late: {silentWrong: at most 1%, relation: ‸loud}', 'relation: loud is for fault arms: candidate is a candidate'],
  ['a relation that the limit says', 'slow.late:', '      slow.late: {flip: at most 1%, relation: ‸bounded}', 'relation may be loud, got "bounded"'],
  ['minActed without loud', 'slow.late:', '      slow.late: {silentWrong: at most 1%, ‸minActed: 100}', 'minActed is for relation: loud'],
  ['required as text', 'slow.late:', '      slow.late: {silentWrong: at most 1%, required: ‸no}', 'requires true or false, got "no"'],
  ['a gate without a claim on answers', 'candidate.late:', '      candidate: {error: at most 1%}', 'candidates have no default flip tolerance'],
  ['a fault without a stop', 'stopWhen:', '    warmUp: 10', 'requires stopWhen, such as stopWhen: [production.p99 above 250ms]'],
  ['a stop on nothing known', 'stopWhen:', '    stopWhen: [‸production.p95 above 250ms]', 'names no known signal (did you mean "production.p99"?)'],
  ['a stop in the wrong unit', 'stopWhen:', '    stopWhen: [‸production.errors above 250ms]', 'requires "production.errors above 1%"'],
  ['a rate without unit', 'stopWhen:', '    stopWhen: [production.p99 above 250ms]\n    budget: {requests: ‸50}', 'release.budget.requests requires a rate such as 50 per second, got 50'],
  ['pairs that cannot be reached', 'stopWhen:', '    stopWhen: [production.p99 above 250ms]\n    budget: {total: 10}', 'minPairs (1000) can never be reached: the budget'],
  ['two times that differ', 'stopWhen:', '    stopWhen: [production.p99 above 250ms]\n    maxTime: 10m', 'contradict each other: say it once'],
  ['a join shorter than a deadline', 'service:', 'service: demo\njoinDeadline: ‸500ms', 'joinDeadline (500ms) is shorter than the deadline of experiments.release.arms.control (1s)'],
  ['a join with no time to spare', 'service:', 'service: demo\njoinDeadline: ‸1s', 'joinDeadline (1s) requires at least 100ms more than the deadline of experiments.release.arms.control (1s)'],
  ['a time too short', 'gate:', '    gate: {maxTime: ‸5s}', 'gate.maxTime requires more than bucket + joinDeadline'],
  ['batches of a silent fault', 'stopWhen:', '    stopWhen: [production.p99 above 250ms]\n    rows: ‸batch', 'rows: batch cannot judge slow.late.silent-wrong.loud: it is about single rows'],
  ['a segmentation that is not there', 'slow.late:', '      ‸slow.late per orign: {flip: at most 1%}', '"orign" is no segmentation; none is declared (see segments)'],
  ['an expectation divided twice', 'slow.late:', '      ‸slow.late per one per two: {flip: at most 1%}', 'an expectation has at most one "per"'],
  ['an epoch with another end', 'gate:', '    gate: {minPairs: 1000}\n    epoch: 24h\n    ‸maxPairs: 5000', 'release.maxPairs contradicts epoch: a continuous experiment goes on for ever'],
  ['an epoch shorter than a bucket', 'gate:', '    gate: {minPairs: 1000}\n    epoch: ‸5s', 'release.epoch requires more than bucket + joinDeadline'],
  ['a wrong rows', 'stopWhen:', '    stopWhen: [production.p99 above 250ms]\n    rows: ‸batches', 'requires one of single, batch, got "batches"'],
];

/** Cases whose error stands on another line than the replaced one. */
const elsewhere: Readonly<Record<string, string>> = {
  'a gate without a claim on answers': '20:5',
  'a fault without a stop': '12:3',
  'pairs that cannot be reached': '20:22',
  'two times that differ': '20:37',
};

describe('experiments that are refused', () => {
  it.each(cases)('%s', (what, line, by, words) => {
    const place = elsewhere[what];
    const { text, at } = withLine(line, place === undefined ? by : `${by}‸`);
    const found = problemsOf(text);
    expect(found.map((problem) => problem.at)).toEqual([place ?? at]);
    expect(found[0]?.message).toContain(words);
  });

  it('loud where the fault acts on everything', () => {
    const { text } = withLine(
      'slow: {',
      '      slow: {target: {url: http://127.0.0.1:8083}, faults: [{delay: 300ms}]}‸',
    );
    expect(problemsOf(text)).toEqual([
      { at: '19:54', message: expect.stringContaining('give the fault a share below 100%') },
    ]);
  });

  it('loud where nobody can know on which requests the fault acted', () => {
    const fault = '{dependency: store, latency: 800ms, share: 30%}';
    const { text } = withLine('slow: {', `      slow: {target: {url: http://127.0.0.1:8083}, faults: [${fault}]}‸`);
    expect(problemsOf(text)).toEqual([{ at: '19:54', message: expect.stringContaining('name the entity key') }]);
  });

  it('comparisons and loud without a control', () => {
    const { text } = withLine('control:', '‸');
    const compared = text.replace('{flip: at most 5%}', '{flip: no more than control + 1%}');
    expect(problemsOf(compared)).toEqual([
      { at: '18:30', message: 'comparing with control requires an arm named control in this experiment' },
      { at: '19:54', message: expect.stringContaining('relation: loud requires a control arm') },
    ]);
  });

  it('an in-process candidate compared with a networked control', () => {
    const { text } = withLine('candidate: {', '      candidate: {target: {onnx: bad-config.ts}}‸');
    const compared = text.replace(
      'slow.late: {',
      'candidate: {error: no more than control + 0.5%}\n      slow.late: {',
    );
    expect(problemsOf(compared)).toEqual([
      { at: '19:26', message: expect.stringContaining('candidate runs in process and control over the network') },
    ]);
  });

  it('a latency without a control, and of an in-process arm against a networked one', () => {
    const claim = (text: string): string =>
      text.replace('slow.late: {', 'candidate: {latency: no more than control + 20%}\n      slow.late: {');
    expect(problemsOf(claim(withLine('control:', '‸').text))[0]).toEqual({
      at: '19:28',
      message: 'comparing with control requires an arm named control in this experiment',
    });
    const inside = withLine('candidate: {', '      candidate: {target: {onnx: bad-config.ts}}‸').text;
    expect(problemsOf(claim(inside))).toEqual([
      {
        at: '19:28',
        message:
          'candidate runs in process and control over the network: their latency cannot be compared; say sloBreach: "at most …"',
      },
    ]);
  });

  it.each([
    'http://localhost:8080',
    'http://[::1]:8080',
    'http://0.0.0.0:8080',
    'http://localhost.:8080/v2',
    'http://127.1:8080',
  ])('production by another of its names: %s', (url) => {
    const { text } = withLine(
      'slow: {',
      `      slow: {target: {url: "${url}"}, faults: [{delay: 300ms, share: 10%}]}‸`,
    );
    expect(problemsOf(text)).toEqual([{ at: '16:28', message: expect.stringContaining('this is production itself') }]);
  });

  it('a gate without a candidate', () => {
    const { text } = withLine('candidate: {', '‸');
    const without = text.replace('candidate.late: {flip: at most 5%}', 'control.late: {flip: at most 5%}');
    expect(problemsOf(without)).toEqual([
      { at: '20:5', message: expect.stringContaining('gate requires a candidate arm') },
    ]);
  });

  it('a candidate that nobody may name', () => {
    const { text } = withLine('candidate: {', '      ‸candidate:');
    expect(problemsOf(text)).toEqual([
      { at: '15:7', message: expect.stringContaining('list who may be named at run start') },
    ]);
  });

  it('everything wrong is reported at once, in the order of the file', () => {
    const { text } = withLine('url: http://127.0.0.1:8080', '  url: 8080‸');
    const worse = text
      .replace('at most 5%', 'below 5')
      .replace('at most 1%', 'at most 1')
      .replace('30m', '30')
      .replace('above 250ms', 'above 250');
    expect(problemsOf(worse).map((problem) => problem.at)).toEqual(['3:8', '18:30', '19:32', '20:37', '21:16']);
  });
});
