// A histogram in the text form of Prometheus that costs next to nothing to add to: one number per bucket, and words only
// when it is read. Every call adds to two of them.

export interface LatencySeries {
  add(latencyMs: number): void;
  /** `labels` as in `dependency="store"`. */
  text(labels: string): string;
}

/** `edges`: upper edges in seconds, ascending. */
export function createLatencySeries({
  name,
  help,
  edges,
}: {
  name: string;
  help: string;
  edges: readonly number[];
}): LatencySeries {
  const edgesMs = edges.map((edge) => edge * 1000);
  const counts = new Array<number>(edges.length + 1).fill(0);
  let sumMs = 0;
  return {
    add: (latencyMs) => {
      let at = 0;
      while (at < edgesMs.length && latencyMs > (edgesMs[at] ?? 0)) at++;
      counts[at] = (counts[at] ?? 0) + 1;
      sumMs += latencyMs;
    },
    text: (labels) => {
      let count = 0;
      const buckets = counts.map((held, at) => {
        count += held;
        return `${name}_bucket{le="${edges[at] ?? '+Inf'}",${labels}} ${count}\n`;
      });
      return `# HELP ${name} ${help}\n# TYPE ${name} histogram\n${buckets.join('')}${name}_sum{${labels}} ${sumMs / 1000}\n${name}_count{${labels}} ${count}\n`;
    },
  };
}
