// Clients beyond the limit wait here, accepted and unread, until another one leaves: a burst is served late instead of cut.
// The room is small and nobody stays long, so that a client learns soon when there is no place for it.

/** The descriptor budget leaves room for them: each holds one. */
export const maxWaiting = 64;
export const waitAtMostMs = 10_000;

export interface WaitingRoom<Client> {
  /** False when the room is full. */
  enter(client: Client, nowMs: number): boolean;
  /** Whoever has waited longest; null when nobody waits. */
  next(): Client | null;
  /** Those who have waited too long; they are no longer in the room. */
  tooLong(nowMs: number): Client[];
  /** Everybody; the room is empty then. */
  all(): Client[];
}

export function createWaitingRoom<Client>(): WaitingRoom<Client> {
  const waiting: { readonly client: Client; readonly sinceMs: number }[] = [];
  const leave = (count: number): Client[] => waiting.splice(0, count).map(({ client }) => client);
  return {
    enter: (client, nowMs) => {
      if (waiting.length >= maxWaiting) return false;
      waiting.push({ client, sinceMs: nowMs });
      return true;
    },
    next: () => waiting.shift()?.client ?? null,
    tooLong: (nowMs) => leave(waiting.filter(({ sinceMs }) => nowMs - sinceMs > waitAtMostMs).length),
    all: () => leave(waiting.length),
  };
}
