// What the relay tells about one connection, and the wall behind which the telling may fail: an exception in here switches
// copying off for that connection and changes nothing else.

/** One connection as the relay sees it. Buffers are only valid during the call. */
export interface Observer {
  request(chunk: Uint8Array): void;
  answer(chunk: Uint8Array): void;
  /** Production has closed its side in good order. */
  answerEnd(): void;
  /** The connection is gone. */
  close(): void;
  /** The connection cannot be observed any more: `fault`. */
  giveUp(): void;
  /** True when no exchange is under way, false when one is or when nobody can tell. */
  isIdle(): boolean;
}

/** For connections that nobody looks at. */
export const noObserver: Observer = {
  request: () => undefined,
  answer: () => undefined,
  answerEnd: () => undefined,
  close: () => undefined,
  giveUp: () => undefined,
  isIdle: () => false,
};

/** What `make` makes, behind the wall: it never throws, not even at its making. Null: nobody looks. */
export function guard(make: (() => Observer) | null): Observer {
  if (make === null) return noObserver;
  let present = noObserver;
  const failed = (): void => {
    const broken = present;
    present = noObserver;
    giveUpSafely(broken);
  };
  const safely = <Result>(run: () => Result, otherwise: Result): Result => {
    try {
      return run();
    } catch {
      failed();
      return otherwise;
    }
  };
  present = safely(make, noObserver);
  return {
    // Once per read each, so without a closure per call.
    request: (chunk) => {
      try {
        present.request(chunk);
      } catch {
        failed();
      }
    },
    answer: (chunk) => {
      try {
        present.answer(chunk);
      } catch {
        failed();
      }
    },
    answerEnd: () => safely(() => present.answerEnd(), undefined),
    close: () => safely(() => present.close(), undefined),
    giveUp: () => safely(() => present.giveUp(), undefined),
    isIdle: () => safely(() => present.isIdle(), false),
  };
}

function giveUpSafely(observer: Observer): void {
  try {
    observer.giveUp();
  } catch {
    // It was broken already; the relay goes on without it.
  }
}
