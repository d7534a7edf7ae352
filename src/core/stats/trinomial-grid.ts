// The bets of the paired trinomial (fractions of the largest legal bet, with weights), shared by its evidence and its interval.

/** UP bets: lambda = fraction / (1 + tolerance), equal weights. */
export const upFractions = [1, 0.7, 0.45, 0.28, 0.17, 0.1, 0.06, 0.03] as const;
export const upWeights = [1, 1, 1, 1, 1, 1, 1, 1] as const;

/** DOWN bets: lambda = −fraction / (1 − tolerance); weight on the bold ones, so that identical arms are proven soonest. */
export const downFractions = [1, 0.85, 0.65, 0.45, 0.3, 0.18, 0.1, 0.05] as const;
export const downWeights = [4, 3, 2, 2, 1, 1, 1, 1] as const;
