// Every error penumbra can answer with: stable code, HTTP status, whether trying again can help. Codes are never reused.
// Expected failures inside the pipeline are values (outcomes, skip and drop reasons); these are for boundaries and bugs.

const table = {
  CONFIG_INVALID: { status: 400, retryable: false },
  CONFIG_NOT_FOUND: { status: 404, retryable: false },
  USAGE: { status: 400, retryable: false },
  ADDRESS_IN_USE: { status: 500, retryable: true },
  BIND_REFUSED: { status: 500, retryable: false },
  MODEL_INVALID: { status: 400, retryable: false },
  MODEL_NOT_FOUND: { status: 404, retryable: false },
  MODEL_INPUT_INVALID: { status: 400, retryable: false },
  FEATURES_UNAVAILABLE: { status: 503, retryable: true },
  FEATURES_UNKNOWN_KEY: { status: 404, retryable: false },
  JSON_INVALID: { status: 400, retryable: false },
  REQUEST_UNDECODABLE: { status: 422, retryable: false },
  ANSWER_UNDECODABLE: { status: 422, retryable: false },
  EXCHANGE_INVALID: { status: 400, retryable: false },
  EXCHANGE_TIME_INVALID: { status: 400, retryable: false },
  OUTCOME_INVALID: { status: 400, retryable: false },
  OUTCOME_UNMATCHED: { status: 404, retryable: false },
  OUTCOME_CONFLICT: { status: 409, retryable: false },
  RECORDING_INVALID: { status: 400, retryable: false },
  STATISTIC_INPUT_INVALID: { status: 400, retryable: false },
  EXPERIMENT_NOT_FOUND: { status: 404, retryable: false },
  RUN_NOT_FOUND: { status: 404, retryable: false },
  RUN_CANNOT_START: { status: 409, retryable: false },
  DRILL_CANNOT_START: { status: 409, retryable: false },
  DRILL_NOT_FOUND: { status: 404, retryable: false },
  HOOK_FAILED: { status: 500, retryable: false },
  KILLED: { status: 409, retryable: false },
  OVERRIDE_REFUSED: { status: 409, retryable: false },
  GATE_SAYS_NO: { status: 412, retryable: true },
  CANDIDATE_NOT_ALLOWED: { status: 403, retryable: false },
  UNAUTHORIZED: { status: 401, retryable: false },
  HOST_NOT_ALLOWED: { status: 403, retryable: false },
  SCOPE_REQUIRED: { status: 403, retryable: false },
  NOT_FOUND: { status: 404, retryable: false },
  REQUEST_INVALID: { status: 400, retryable: false },
  BODY_TOO_LARGE: { status: 413, retryable: false },
  MEDIA_TYPE_UNSUPPORTED: { status: 415, retryable: false },
  STARTING: { status: 503, retryable: true },
  NOT_READY: { status: 503, retryable: true },
  OVERLOADED: { status: 503, retryable: true },
  KAFKA_UNAVAILABLE: { status: 503, retryable: true },
  KAFKA_REFUSED: { status: 502, retryable: false },
  STORE_UNUSABLE: { status: 500, retryable: false },
  STORE_TAKEN: { status: 500, retryable: true },
  INTERNAL: { status: 500, retryable: false },
} as const;

export type ErrorCode = keyof typeof table;

/** An error meant for a person; `where` points into a file or a field when there is one. */
export class PenumbraError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly where: string | null;

  constructor(code: ErrorCode, message: string, where: string | null = null) {
    super(message);
    this.name = 'PenumbraError';
    this.code = code;
    this.status = table[code].status;
    this.retryable = table[code].retryable;
    this.where = where;
  }
}

export const errorCodes = Object.keys(table) as ErrorCode[];

/** The message of anything thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
