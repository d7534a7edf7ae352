// What is kept of the gate: every override for good, because it is audited, and deployments that wait for an answer.

/** A person's act: for a while the candidate of one run may go on, whatever the gate says of it. */
export interface GateOverride {
  readonly id: string;
  readonly run: string;
  readonly experiment: string;
  /** Digest or version of the candidate that it is for; null: the candidate states none, and the run alone bounds it. */
  readonly candidate: string | null;
  /** What the gate said. */
  readonly verdict: string;
  readonly by: string;
  readonly reason: string;
  readonly ticket: string;
  readonly at: number;
  readonly until: number;
}

/** A deployment that GitHub holds until it is told whether it may go on. */
export interface HeldDeployment {
  /** Of the workflow run and the environment: the same when GitHub asks again. */
  readonly id: string;
  readonly environment: string;
  readonly experiment: string;
  /** The commit that is deployed; null: GitHub named none. */
  readonly commit: string | null;
  readonly callbackUrl: string;
  /** Of the GitHub App that was asked; absent or null: GitHub named none. */
  readonly installation?: number | null;
  readonly askedAt: number;
  /** Rejected when the gate has not decided until then. */
  readonly until: number;
  readonly attempts: number;
  /** How it ended, and when; null while it is held. */
  readonly settled: { readonly at: number; readonly state: string; readonly comment: string } | null;
}

export interface GateStore {
  saveOverride(override: GateOverride): void;
  /** All there ever were of this run, oldest first. */
  overrides(runId: string): readonly GateOverride[];
  overridesInForce(nowMs: number): readonly GateOverride[];
  saveDeployment(deployment: HeldDeployment): void;
  deployment(id: string): HeldDeployment | null;
  /** Those that are not settled, oldest first. */
  heldDeployments(): readonly HeldDeployment[];
}
