// How many calls one request of the pod makes, by the id it forwards: retries show here. Memory is bounded; an id that was
// forgotten and comes again counts as another request.

export interface CallsPerRequest {
  saw(id: string): void;
  summary(): { readonly requests: number; readonly calls: number; readonly mean: number | null; readonly max: number };
}

const longestId = 200;

export function createCallsPerRequest({ maxIds = 4096 }: { maxIds?: number } = {}): CallsPerRequest {
  const recent = new Map<string, number>();
  let requests = 0;
  let calls = 0;
  let max = 0;
  return {
    saw: (text) => {
      const id = text.slice(0, longestId);
      const seen = recent.get(id) ?? 0;
      if (seen === 0) requests++;
      calls++;
      max = Math.max(max, seen + 1);
      // Behind the others: the oldest goes first.
      recent.delete(id);
      recent.set(id, seen + 1);
      if (recent.size > maxIds) for (const oldest of [recent.keys().next().value ?? '']) recent.delete(oldest);
    },
    summary: () => ({ requests, calls, mean: requests === 0 ? null : calls / requests, max }),
  };
}
