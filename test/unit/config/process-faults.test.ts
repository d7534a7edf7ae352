// Pods that penumbra starts and faults of processes as a config says them: what is understood, written back, and refused with its place.
import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { problemsOf, soundConfig, withLine } from '../../support/bad-config.ts';

const struck = (target: string, rest: string): string => `      slow: {target: ${target}, ${rest}}`;
const url = '{url: http://127.0.0.1:8083}';
const command = '{command: "python serve.py"}';
const within = (limit: string): string => `      slow.late: {recovered: ${limit}}`;

function found(slow: string, claim = '      slow.late: {silentWrong: at most 1%}') {
  const arm = withLine('slow:', slow.includes('‸') ? slow : `${slow} # ‸`);
  const text = arm.text.replace('      slow.late: {silentWrong: at most 1%, relation: loud}', claim);
  const column = text.split('\n').findIndex((line) => line.includes('‸'));
  const at = column < 0 ? arm.at : `${column + 1}:${(text.split('\n')[column] ?? '').indexOf('‸') + 1}`;
  return { problems: problemsOf(text.replace('‸', '')), at };
}

describe('what is refused', () => {
  it.each<[string, string, string]>([
    [
      'a process fault of a pod elsewhere, without a hook',
      struck(url, 'faults: [‸{kill: SIGKILL, every: 30s}]'),
      'kill requires a pod that penumbra starts, target: {command: …}, or hooks: {kill: [program, …]} to do it',
    ],
    [
      'a pause that nobody ends',
      struck(url, 'faults: [‸{pause: 2s, every: 30s}], hooks: {pause: [p]}'),
      'pause requires a pod that penumbra starts, target: {command: …}, or hooks: {resume: [program, …]} to do it',
    ],
    [
      'a process inside penumbra',
      struck('{onnx: ../../models/flight-delay-v2.onnx}', 'faults: [‸{oom: pod, every: 30s}]'),
      'oom happens to a process, and experiments.release.arms.slow runs inside penumbra: give it target: {command: …}',
    ],
    [
      'two at once',
      struck(command, 'faults: [{pause: 2s, every: 30s}, ‸{kill: SIGTERM, every: 30s}]'),
      'an arm has one fault of its process: else nobody could tell from which it recovered; give kill an arm of its own',
    ],
    [
      'a pause without an end',
      struck(command, 'faults: [{pause: ‸30s, every: 30s}]'),
      'pause (30s) requires less than every (30s)',
    ],
    [
      'hooks for a pod of our own',
      struck(command, 'faults: [{kill: SIGKILL, every: 30s}], ‸hooks: {kill: [k]}'),
      'hooks are for a pod that penumbra does not start: it starts this one itself',
    ],
    [
      'hooks without a fault',
      struck(url, 'faults: [{delay: 1s}], ‸hooks: {kill: [k]}'),
      'hooks are for faults of a process: kill, oom, pause, coldStart',
    ],
    [
      'a hook that is no command',
      struck(url, 'faults: [{kill: SIGKILL, every: 30s}], hooks: {kill: ‸[]}'),
      'experiments.release.arms.slow.hooks.kill requires a program with its arguments',
    ],
    [
      'another signal',
      struck(command, 'faults: [{kill: ‸SIGHUP, every: 30s}]'),
      'requires one of SIGKILL, SIGTERM, got "SIGHUP"',
    ],
    ['no interval', struck(command, 'faults: [‸{kill: SIGKILL}]'), 'requires every for kill'],
    [
      'a number without a unit',
      struck(command, 'faults: [{kill: SIGKILL, every: ‸30}]'),
      'requires a duration with its unit',
    ],
    [
      'an open quote',
      struck("{command: ‸'python \"serve.py'}", 'faults: [{kill: SIGKILL, every: 30s}]'),
      'target.command requires a program with its arguments',
    ],
    [
      'a pod on another machine',
      struck('{command: run, url: ‸"http://10.0.0.1:80"}', 'faults: [{kill: SIGKILL, every: 30s}]'),
      'requires an address of this machine, such as http://127.0.0.1:{port}',
    ],
    [
      'a pod where production answers',
      struck('{command: run, url: ‸"http://localhost:8080"}', 'faults: [{kill: SIGKILL, every: 30s}]'),
      'this is production itself',
    ],
    [
      'a secret',
      struck('{command: run, env: {API_TOKEN: ‸abc}}', 'faults: [{kill: SIGKILL, every: 30s}]'),
      'a secret is never written into a config',
    ],
    [
      'an unknown key',
      struck('{command: run, ‸shell: true}', 'faults: [{kill: SIGKILL, every: 30s}]'),
      'unknown key "shell"',
    ],
  ])('%s', (_, slow, message) => {
    const { problems, at } = found(slow);
    expect(problems).toContainEqual({ at, message: expect.stringContaining(message) });
    expect(problems).toHaveLength(1);
  });

  it.each<[string, string, string]>([
    [
      'nothing to recover from',
      within('{within: 5s, share: at least 99%}').replace('recovered', '‸recovered'),
      'recovered is for an arm whose process is struck (kill, oom, pause, coldStart): slow has no such fault',
    ],
    ['no time', within('‸at least 99%'), 'requires within, such as {within: 10s, share: at least 99%}'],
    [
      'a time without a unit',
      within('{within: ‸5, share: at least 99%}'),
      'recovered.within requires a duration with its unit',
    ],
    [
      'a limit the wrong way round',
      within('{within: 5s, share: ‸at most 1%}'),
      'recovered is the share that was answered rightly again: say "at least 99%"',
    ],
  ])('recovered with %s', (_, claim, message) => {
    const { problems, at } = found(struck(url, 'faults: [{delay: 300ms, share: 10%}]'), claim);
    expect(problems[0]).toEqual({ at, message: expect.stringContaining(message) });
  });

  it('recovered later than the next strike', () => {
    const claim = within('{within: 30s, share: at least 99%}').replace('recovered', '‸recovered');
    const { problems, at } = found(struck(command, 'faults: [{kill: SIGKILL, every: 30s}]'), claim);
    expect(problems).toEqual([
      { at, message: 'recovered within 30s would count nothing: the next strike comes after 30s' },
    ]);
  });
});

it('a suite asks request by request: it takes neither faults of a process nor pods to start', () => {
  const suite = `chaos:
  versions: {v1: {command: run}}
  traffic: {rows: x.jsonl, requests: 10}
  faults: {killed: {faults: [{kill: SIGKILL, every: 30s}]}}
  expect: {all: {silentWrong: at most 5%}}
`;
  const messages = problemsOf(soundConfig + suite).map(({ message }) => message);
  expect(messages).toContainEqual(expect.stringContaining('kill is a fault of a process over time'));
  expect(messages).toContainEqual(
    expect.stringContaining('chaos.versions.v1 requires {url: http://…} or {onnx: FILE}'),
  );
});

describe('what is understood', () => {
  const sound = (slow: string, claim: string) => {
    const text = soundConfig
      .replace(/ {6}slow: .*/, slow)
      .replace('      slow.late: {silentWrong: at most 1%, relation: loud}', claim);
    const { config, errors } = checkConfigText(text, { env: {}, directory: '/base' });
    expect(errors).toEqual([]);
    if (config === null) throw new Error('there is no config');
    return config;
  };
  const armOf = (slow: string, claim = '      slow.late: {silentWrong: at most 1%}') =>
    sound(slow, claim).experiments[0]?.arms.find(({ name }) => name === 'slow');

  it('a command as a line or a list, with its place and every default', () => {
    const line = `{command: 'run "a file" --port={port} ''''', env: {SIZE: 3, KEY: "\${env:NAME}"}, cwd: pods, ready: /up, version: v1}`;
    expect(armOf(struck(line, 'faults: [{coldStart: pod, every: 1m}]'))).toMatchObject({
      role: 'fault',
      target: {
        type: 'command',
        command: ['run', 'a file', '--port={port}', ''],
        url: 'http://127.0.0.1:{port}',
        ready: '/up',
        env: { SIZE: '3', KEY: `\${env:NAME}` },
        cwd: '/base/pods',
        version: 'v1',
      },
      faults: [{ type: 'coldStart', options: { what: 'pod', everyMs: 60_000, jitterMs: 0, settleMs: 10_000 } }],
    });
  });

  it('hooks, and loud with the time in which a strike acts', () => {
    const arm = armOf(
      struck(
        url,
        'faults: [{kill: SIGTERM, every: 30s, jitter: 5s, settle: 10s}], hooks: {kill: kubectl delete pod x, start: [s]}',
      ),
      '      slow.late: {silentWrong: at most 1%, relation: loud}',
    );
    expect(arm?.hooks).toEqual({ kill: ['kubectl', 'delete', 'pod', 'x'], start: ['s'] });
  });

  it('and written back means the same', () => {
    const config = sound(
      struck(
        '{command: [run, --port, "{port}"], env: {A: b}}',
        'faults: [{oom: pod, every: 2m, backOff: 20s, after: 5s}]',
      ),
      within('{within: 90s, share: at least 99%}'),
    );
    const text = effectiveText(config);
    expect(text).toContain('recovered: {within: 90s, share: at least 99%}');
    const again = checkConfigText(text, { env: {}, directory: '/base' });
    expect(again.errors).toEqual([]);
    expect(again.config?.experiments[0]?.arms).toEqual(config.experiments[0]?.arms);
    expect(again.config?.configHash).toBe(config.configHash);
  });
});
