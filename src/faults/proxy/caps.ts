// What the upstream is spared: calls per second, connections and calls in flight have an end, whatever the pod does. What is
// over is refused at once and counted; nothing queues here.

export type Cap = 'rate' | 'connections' | 'in_flight';

export interface CapLimits {
  readonly requestsPerSecond: number;
  readonly connections: number;
  readonly inFlight: number;
}

export interface Caps {
  /** One more call now; null when it may go, and then `leave` must follow. */
  enter(): 'rate' | 'in_flight' | null;
  leave(): void;
  /** As `enter`, but a refusal is not counted: whoever is refused here asks again there. */
  enterIfFree(nowMs: number): boolean;
  /** One more connection to the upstream; false when there are enough. */
  connect(): boolean;
  disconnect(): void;
  readonly refused: Readonly<Record<Cap, number>>;
  readonly inFlight: number;
  readonly connections: number;
}

/** The bucket holds one second's worth, at least one call. */
export function createCaps(limits: CapLimits, nowMs: () => number): Caps {
  const most = Math.max(1, limits.requestsPerSecond);
  const refused: Record<Cap, number> = { rate: 0, connections: 0, in_flight: 0 };
  let tokens = most;
  let filledMs = nowMs();
  let inFlight = 0;
  let connections = 0;
  const tryEnter = (now: number): 'rate' | 'in_flight' | null => {
    if (inFlight >= limits.inFlight) return 'in_flight';
    tokens = Math.min(most, tokens + ((now - filledMs) / 1000) * limits.requestsPerSecond);
    filledMs = now;
    if (tokens < 1) return 'rate';
    tokens--;
    inFlight++;
    return null;
  };
  return {
    enterIfFree: (now) => tryEnter(now) === null,
    enter: () => {
      const cap = tryEnter(nowMs());
      if (cap !== null) refused[cap]++;
      return cap;
    },
    leave: () => {
      inFlight--;
    },
    connect: () => {
      if (connections >= limits.connections) {
        refused.connections++;
        return false;
      }
      connections++;
      return true;
    },
    disconnect: () => {
      connections--;
    },
    refused,
    get inFlight() {
      return inFlight;
    },
    get connections() {
      return connections;
    },
  };
}
