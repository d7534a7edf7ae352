// One thing that was looked at, and what was found.
export interface Finding {
  readonly about: string;
  readonly verdict: 'ok' | 'warning' | 'failure';
  readonly text: string;
}

export const fine = (about: string, text: string): Finding => ({ about, verdict: 'ok', text });
export const doubtful = (about: string, text: string): Finding => ({ about, verdict: 'warning', text });
export const failed = (about: string, text: string): Finding => ({ about, verdict: 'failure', text });
