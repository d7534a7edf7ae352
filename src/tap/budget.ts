// One bound in bytes for everything the tap holds on behalf of copying: exchanges under way and frames queued for the link.

export interface Budget {
  readonly maxBytes: number;
  heldBytes: number;
}

export function createBudget(maxBytes: number): Budget {
  return { maxBytes, heldBytes: 0 };
}

/** Takes the bytes and says so, or takes nothing. */
export function takeBytes(budget: Budget, bytes: number): boolean {
  if (budget.heldBytes + bytes > budget.maxBytes) return false;
  budget.heldBytes += bytes;
  return true;
}

export function giveBytes(budget: Budget, bytes: number): void {
  budget.heldBytes -= bytes;
}
