// What is refused outside of experiments: each with its exact place and words. `‸` marks where.
import { describe, expect, it } from 'vitest';
import { problemsOf, soundConfig, withLine } from '../../support/bad-config.ts';

// biome-ignore format: one case a line reads as the table it is
const cases: readonly (readonly [what: string, line: string, by: string, words: string])[] = [
  ['an unknown key', 'service:', 'service: demo\n‸servise: x', 'unknown key "servise" in the config (did you mean "service"?); allowed: service, production,'],
  ['a number where text belongs', 'service:', 'service: ‸5', 'service requires text: write it in quotes, "5", got 5'],
  ['a key twice', 'service:', 'service: demo\n‸service: again', 'this key is written twice in the same place'],
  ['a key of later', 'service:', 'service: demo\n‸include: other.yaml', 'include is not supported yet'],
  ['a tab', 'slo:', '‸\tslo: {latency: 200ms}', 'tabs'],
  ['an open quote', 'service:', 'service: "demo‸', 'not valid YAML'],
  ['an alias', 'service:', 'service: ‸*name', 'aliases (*name) are not allowed: write the value out'],
  ['a tag', 'service:', 'service: !!binary ‸aGk=', 'tags (!name) are not allowed in a config'],
  ['a second document', 'service:', '---\nservice: demo\n‸---', 'a config is one YAML document'],
  ['an address that is none', 'url: http://127.0.0.1:8080', '  url: ‸127.0.0.1:8080', 'production.url requires an http:// or https:// address'],
  ['a password in an address', 'url: http://127.0.0.1:8080', '  url: ‸http://me:secret@host', 'without user or password'],
  ['an unknown protocol', 'protocol:', '  protocol: ‸open-inference-v3', 'protocol "open-inference-v3" is unknown (did you mean "open-inference-v2"?); known: open-inference-v2'],
  ['a protocol of later', 'protocol:', '  protocol: ‸openai-chat', 'is not supported yet; known: open-inference-v2'],
  ['a missing key', 'slo:', '  ‸slo: {}', 'production.slo requires latency: an answer later than this breaks the promise'],
  ['a duration without unit', 'slo:', '  slo: {latency: ‸200}', 'production.slo.latency requires a duration with its unit, such as 250ms, 10s, 30m or 24h'],
  ['a version as a number', 'slo:', '  slo: {latency: 200ms}\n  version: ‸1.10', 'production.version requires text: write it in quotes'],
  ['inputs as text', 'inputs:', 'inputs: ‸card.json', 'inputs requires {card: FILE} or a list of features, got "card.json"'],
  ['a card that is not there', 'inputs:', 'inputs: {card: ‸nowhere.json}', 'nowhere.json'],
  ['two inputs in one place', 'inputs:', 'inputs: [{name: a, at: "f[0]"}, ‸{name: b, at: "f[0]"}]', 'inputs[1] has the name or the place of entry [0]'],
  ['a range upside down', 'inputs:', 'inputs: [{name: speed, range: ‸[5, 1]}]', 'inputs[0].range requires low before high, got [5, 1]'],
  ['a default of another type', 'inputs:', 'inputs: [{name: speed, default: ‸fast}]', 'inputs[0].default requires a number, got "fast"'],
  ['a label that is none', 'late:', '  late: {output: p, label: ‸over 0.5}', 'decisions.late.label requires "above 0.5" (for a score) or "argmax" (for class scores)'],
  ['one column for argmax', 'late:', '  late: {output: ‸"p[:,1]", label: argmax}', 'decisions.late.output requires the whole tensor for label: argmax'],
  ['a decision kind that is none', 'late:', '  late: {output: p, kind: ‸rankings}', 'decision kind "rankings" is unknown (did you mean "ranking"?); known: binary, classes, label, regression, vector, ranking, text, embedding'],
  ['a vector with a label', 'late:', '  late: {output: p, label: argmax, kind: ‸vector}', 'kind vector requires no label'],
  ['one column of a ranking', 'late:', '  late: {output: ‸"ids[:,1]", kind: ranking}', 'decisions.late.output requires the whole tensor for kind: ranking, not one column'],
  ['one column of an embedding', 'late:', '  late: {output: ‸"e[0]", kind: embedding}', 'decisions.late.output requires the whole tensor for kind: vector, not one column'],
  ['top of a label', 'late:', '  late: {output: l, ‸top: 5}', 'decisions.late.top is for kind ranking; this one is label'],
  ['a ranking of no places', 'late:', '  late: {output: ids, kind: ranking, top: ‸0}', 'decisions.late.top requires at least 1, got 0'],
  ['a scale for a text', 'late:', '  late: {output: t, kind: text, ‸scale: 0..1}', 'decisions.late.scale is for kind regression; this one is text'],
  ['material of a vector as a share', 'late:', '  late: {output: e, kind: vector, material: ‸5%}', 'decisions.late.material requires a cosine distance between 0 and 1, such as 0.05, got "5%"'],
  ['material of a ranking out of range', 'late:', '  late: {output: ids, kind: ranking, material: ‸1}', 'decisions.late.material requires a distance of rankings between 0 and 1, such as 0.2, got 1'],
  ['material of a text out of range', 'late:', '  late: {output: t, kind: text, material: ‸0}', 'decisions.late.material requires a distance of texts between 0 and 1, such as 0.2, got 0'],
  ['a contradiction of kind and label', 'late:', '  late: {output: p, label: argmax, kind: ‸binary}', 'kind binary requires label: above 0.5'],
  ['regression without scale', 'eta:', '  ‸eta: {output: eta, kind: regression}', 'decisions.eta requires scale for kind regression, such as scale: 0..300'],
  ['a scale for a score', 'late:', '  late: {output: p, label: above 0.5, ‸scale: 0..1}', 'decisions.late.scale is for kind regression; this one is binary'],
  ['material as a share of a score', 'late:', '  late: {output: p, label: above 0.5, material: ‸5%}', 'decisions.late.material requires a difference of the score, such as 0.05, got "5%"'],
  ['material without unit', 'eta:', '  eta: {output: eta, kind: regression, scale: 0..300, material: ‸5}', 'decisions.eta.material requires a share of the scale, such as 5%'],
  ['material of a label', 'late:', '  late: {output: l, ‸material: 0.1}', 'decisions.late.material has no meaning for a label'],
  ['an unknown source', 'source:', 'source: {‸pulsar: {}}', 'unknown key "pulsar" in source'],
  ['a mirror without an address', 'source:', 'source: {‸mirror: {}}', 'source.mirror requires listen'],
  ['a mirror that asks production', 'source:', 'source: {mirror: {listen: 127.0.0.1:9001, answer: {control: ‸http://127.0.0.1:8080}}}', 'this is production itself'],
  ['a mirror that asks itself', 'source:', 'source: {mirror: {listen: 127.0.0.1:9001, answer: {control: ‸http://localhost:9001}}}', 'this is where source.mirror listens'],
  ['an answer from nowhere', 'source:', 'source: {mirror: {listen: 127.0.0.1:9001, answer: ‸later}}', 'source.mirror.answer requires joined, or {control: URL}'],
  ['a prefix that is none', 'source:', 'source: {mirror: {listen: 127.0.0.1:9001, prefix: ‸mirrored}}', 'source.mirror.prefix requires a path such as /mirrored'],
  ['events of a misspelt option', 'source:', 'source: {cloudevents: {‸endpiont: default}}', 'unknown key "endpiont" in source.cloudevents'],
  ['events on a path with a query', 'source:', 'source: {cloudevents: {path: ‸"/a?b"}}', 'source.cloudevents.path requires a path without query'],
  ['a join of nothing', 'source:', 'source: {‸join: {within: 10s}}', 'source.join has no meaning without source.mirror, source.cloudevents or source.kafka.events'],
  ['a join by a word', 'source:', 'source: {cloudevents: true, join: {id: ‸x-request-id}}', 'source.join.id requires "header NAME", "traceparent" or "body /pointer"'],
  ['a join without memory', 'source:', 'source: {cloudevents: true, join: {memory: ‸1KiB}}', 'source.join.memory requires at least 1MiB'],
  ['no source at all', 'source:', '‸source: {http: false}', 'or http: true: nothing would ever arrive'],
  ['a share without unit', 'source:', 'source: {tap: {listen: 127.0.0.1:9000, share: ‸0.2}}', 'source.tap.share requires a share such as 30%'],
  ['a tap in the place of production', 'source:', 'source: {tap: {listen: ‸127.0.0.1:8080}}', 'the tap cannot listen where production does'],
  ['an id from nowhere', 'service:', 'service: demo\nid: ‸cookie session', 'id requires "header NAME", such as header x-request-id, or "body id"'],
  ['a wide bind without token', 'service:', 'service: demo\napi: {listen: ‸"0.0.0.0:9090"}', 'is reachable from other machines and requires a token'],
  ['a literal token', 'service:', 'service: demo\napi: {token: ‸s3cret}', 'api.token requires a reference'],
  ['an unquoted reference in braces', 'service:', 'service: demo\napi: {token: $‸{env:TOKEN}}', 'inside { } a reference must be quoted'],
  ['a literal secret in a header', 'service:', 'service: demo\nalerts: [{webhook: http://h, headers: {Authorization: ‸Bearer abc}}]', 'a secret is never written into a config'],
  ['a sink of later', 'service:', 'service: demo\nalerts: [{‸email: a@b}]', 'alerts[0].email is not supported yet'],
  ['a literal Slack address', 'service:', 'service: demo\nalerts: [{slack: ‸https://hooks.slack.com/services/T/B/x}]', 'alerts[0].slack requires a reference'],
  ['two sinks in one', 'service:', 'service: demo\nalerts: [‸{webhook: http://h, alertmanager: http://a}]', 'alerts[0] requires exactly one of alertmanager, webhook, slack'],
  ['no sink in an entry', 'service:', 'service: demo\nalerts: [‸{headers: {}}]', 'alerts[0] requires exactly one of alertmanager, webhook, slack'],
  ['a size without unit', 'source:', 'source: {tap: {listen: 127.0.0.1:9000, body: ‸1000}}', 'source.tap.body requires a size with its unit, such as 512KiB, 4MiB or 1GB'],
  ['a choice that is none', 'service:', 'service: demo\nsamples: {features: ‸declare}', 'samples.features requires one of declared, none, got "declare" (did you mean "declared"?)'],
  ['a negative count', 'service:', 'service: demo\nsamples: {maxPerRun: ‸-1}', 'samples.maxPerRun requires at least 0, got -1'],
  ['a bucket too short', 'service:', 'service: demo\nbucket: ‸50ms', 'bucket requires at least 100ms'],
  ['not a map', 'source:', 'source: ‸tap', 'source requires a map with tap, http, '],
];

describe('sections that are refused', () => {
  it('the sound config is sound', () => expect(problemsOf(soundConfig)).toEqual([]));

  it.each(cases)('%s', (_, line, by, words) => {
    const { text, at } = withLine(line, by);
    const found = problemsOf(text);
    expect(found.map((problem) => problem.at)).toEqual([at]);
    expect(found[0]?.message).toContain(words);
  });

  it('a secret is never repeated in the message', () => {
    expect(JSON.stringify(problemsOf('api: {token: s3cret}'))).not.toContain('s3cret');
  });

  it('an empty file is told what it lacks', () => {
    expect(problemsOf('')).toEqual([
      { at: '1:1', message: expect.stringContaining('the config requires a map with service, production') },
    ]);
  });

  it('everything missing is named at once, in one look', () => {
    const messages = problemsOf('seed: "7"\n').map((problem) => problem.message);
    expect(messages).toHaveLength(4);
    for (const key of ['service', 'production', 'decisions', 'experiments']) {
      expect(messages.some((message) => message.startsWith(`the config requires ${key}:`))).toBe(true);
    }
  });
});
