// What the page remembers of each claim while it is open: the API tells the present, a picture over time needs the past.

const most = 400;

/** Points by run and claim; a change of version begins anew, as the evidence does. */
export function createPoints() {
  const byClaim = new Map();
  return {
    add: (run, atMs) => {
      for (const claim of run.arms.flatMap(({ hypotheses }) => hypotheses)) remember(byClaim, { run, claim, atMs });
    },
    of: (run, claim) => byClaim.get(keyOf(run, claim)) ?? [],
  };
}

function keyOf(run, { id, generation }) {
  return `${run.id} ${generation} ${id}`;
}

function remember(byClaim, { run, claim, atMs }) {
  const { n, estimate, interval, logEUp, logEDown, logEUpNeeded, logEDownNeeded } = claim;
  const key = keyOf(run, claim);
  const points = byClaim.get(key) ?? [];
  if (points.at(-1)?.n === n) return;
  points.push({
    at: atMs / 1000,
    n,
    estimate,
    low: interval?.[0] ?? null,
    high: interval?.[1] ?? null,
    over: shareOf(logEUp, logEUpNeeded),
    within: shareOf(logEDown, logEDownNeeded),
  });
  byClaim.set(
    key,
    points.length > most ? points.filter((_, index) => index % 2 === 0 || index === points.length - 1) : points,
  );
}

/** How much of the evidence that is needed is there: 1 is proven. */
export function shareOf(logE, needed) {
  return Number.isFinite(logE) && needed > 0 ? Math.min(1.5, Math.max(0, logE / needed)) : null;
}
