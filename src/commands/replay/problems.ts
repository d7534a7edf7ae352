// What was wrong with lines of a recording: counted, and the first of them kept for people. A recording may have millions of bad lines.

export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

/** How many there were, and the first of them. */
export interface Problems {
  readonly count: number;
  readonly first: readonly LineProblem[];
}

export interface ProblemCollector {
  add(one: LineProblem): void;
  all(): Problems;
}

const standardMost = 20;

export function collectProblems(most = standardMost): ProblemCollector {
  let count = 0;
  const first: LineProblem[] = [];
  return {
    add: (one) => {
      count += 1;
      if (first.length < most) first.push(one);
    },
    all: () => ({ count, first }),
  };
}
