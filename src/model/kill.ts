// The kill switch as it is seen: in force or not, since when, and why.

export interface KillState {
  readonly engagedAt: number;
  readonly reason: string;
  readonly by: 'api' | 'signal' | 'file';
}
