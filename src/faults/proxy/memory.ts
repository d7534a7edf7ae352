// Earlier answers by request, for `stale`: only when a value changed is another version kept, with the time it was first
// seen, so that "what was answered a minute ago" needs few bytes. Bounded; the request unused for longest goes first.

export interface Memory {
  readonly isOn: boolean;
  /** `bodyAt`: where the body begins; answers with equal bodies are one version (their Date header differs). */
  remember(request: string, answer: Buffer, options: { bodyAt: number }): void;
  /** The answer that held `ageMs` ago; null when the request was not answered by then. */
  recall(request: string, ageMs: number): Buffer | null;
  readonly bytes: number;
}

interface Version {
  readonly answer: Buffer;
  readonly bodyAt: number;
  readonly sinceMs: number;
}

const maxVersions = 16;
/** A longer answer is not kept. */
export const maxRememberedBytes = 64 * 1024;

export function createMemory(maxBytes: number, nowMs: () => number): Memory {
  const versionsOf = new Map<string, Version[]>();
  let bytes = 0;
  /** The one that is behind all others already. */
  let latest: string | null = null;
  const forget = (version: Version | undefined): void => {
    bytes -= version?.answer.length ?? 0;
  };
  const makeRoom = (): void => {
    for (const [request, versions] of versionsOf) {
      if (bytes <= maxBytes) return;
      versions.forEach(forget);
      bytes -= request.length;
      versionsOf.delete(request);
      latest = null;
    }
  };
  return {
    isOn: maxBytes > 0,
    remember: (request, answer, { bodyAt }) => {
      if (maxBytes === 0 || answer.length > maxRememberedBytes) return;
      const versions = versionsOf.get(request) ?? [];
      if (versions.length === 0) bytes += request.length;
      if (request !== latest) {
        versionsOf.delete(request);
        versionsOf.set(request, versions);
        latest = request;
      }
      const last = versions.at(-1);
      if (last && last.answer.compare(answer, bodyAt, answer.length, last.bodyAt) === 0) return;
      versions.push({ answer: Buffer.from(answer), bodyAt, sinceMs: nowMs() });
      bytes += answer.length;
      if (versions.length > maxVersions) forget(versions.shift());
      makeRoom();
    },
    recall: (request, ageMs) => {
      const thenMs = nowMs() - ageMs;
      return versionsOf.get(request)?.findLast(({ sinceMs }) => sinceMs <= thenMs)?.answer ?? null;
    },
    get bytes() {
      return bytes;
    },
  };
}
