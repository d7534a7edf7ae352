// What every form of a gate's answer is: what goes to standard output, and what to files that the pipeline named.
import type { GateAnswer } from '../answer.ts';

export interface GateFormat {
  readonly name: string;
  readonly summary: string;
  /** Whatever the comparator said is text of a stranger here: each form escapes it. */
  write(answer: GateAnswer, environment: Readonly<Record<string, string | undefined>>): GateOutput;
}

export interface GateOutput {
  readonly stdout: string;
  readonly files?: readonly GateFile[];
}

export interface GateFile {
  readonly path: string;
  readonly text: string;
  /** False: the file is replaced. */
  readonly append: boolean;
}

/** What is to be known beside the reasons: that somebody has overridden it, what it rests on, notes. */
export function besides({
  override,
  basis,
  notes = [],
}: Pick<GateAnswer, 'override' | 'basis' | 'notes'>): readonly string[] {
  const overridden =
    override == null
      ? []
      : [
          `OVERRIDDEN by ${override.by} until ${new Date(override.until).toISOString()} (${override.ticket}): ${override.reason}; the exit code stays the gate's own`,
        ];
  const decidedOn = basis?.type === 'recording' ? [`decided on the recording ${basis.file}, not on live traffic`] : [];
  return [...overridden, ...decidedOn, ...notes];
}

/** One line of printable text, cut at a length that any log bears. */
export function oneLine(text: string, most = 500): string {
  const printable = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').trim();
  return printable.length > most ? `${printable.slice(0, most - 1)}…` : printable;
}
