// Something that comes about once, and whoever waits for it. Of most exchanges nobody asks whether they are journalled or committed, so a
// promise is made only when somebody does.

export interface Latch {
  isOpen: boolean;
  waiting: readonly (() => void)[];
}

const nobody: Latch['waiting'] = [];

export function newLatch(): Latch {
  return { isOpen: false, waiting: nobody };
}

export function openLatch(latch: Latch): void {
  const { waiting } = latch;
  latch.isOpen = true;
  latch.waiting = nobody;
  for (const resume of waiting) resume();
}

/** Resolves once it is open, and never rejects. */
export function opened(latch: Latch): Promise<void> {
  return new Promise((resume) => {
    if (latch.isOpen) resume();
    else latch.waiting = [...latch.waiting, resume];
  });
}
