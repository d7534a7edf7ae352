// A Dockerfile read into stages of steps, as far as ours goes: joined lines, comments, and the instructions that change files or say how
// the image is started.
export interface Step {
  readonly word: string;
  readonly rest: string;
}

export interface Stage {
  /** Null: the last one, which has no name. */
  readonly name: string | null;
  readonly steps: readonly Step[];
}

export function readDockerfile(text: string): readonly Stage[] {
  const lines = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { name: string | null; steps: Step[] }[] = [];
  for (const line of lines) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === '') throw new Error(`not an instruction: ${line}`);
    if (word === 'FROM') stages.push({ name: /\sAS\s+(\S+)/.exec(rest)?.[1] ?? null, steps: [] });
    else stages.at(-1)?.steps.push({ word, rest: rest.trim() });
  }
  return stages;
}

/** A JSON form such as ENTRYPOINT ["node", "main.js"]; after options and CMD, for HEALTHCHECK. */
export function wordsOf({ rest }: Step): readonly string[] {
  return JSON.parse(rest.slice(rest.indexOf('['))) as string[];
}
