// What a model is asked and what it answers: tensors, whatever the protocol.

export type Datatype =
  | 'BOOL'
  | 'UINT8'
  | 'UINT16'
  | 'UINT32'
  | 'UINT64'
  | 'INT8'
  | 'INT16'
  | 'INT32'
  | 'INT64'
  | 'FP16'
  | 'FP32'
  | 'FP64'
  | 'BYTES';

/** A 64-bit integer beyond 2^53 is a bigint; `null` is a missing number; NaN and infinities are legal numbers. */
export type TensorValue = number | bigint | string | boolean | null;

/** One named tensor; `data` is flat, row-major, and as long as the product of `shape`. */
export interface Tensor {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly data: readonly TensorValue[];
  readonly parameters?: Readonly<Record<string, unknown>>;
}

export interface ModelRequest {
  readonly id?: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly inputs: readonly Tensor[];
  readonly outputs?: readonly Readonly<Record<string, unknown>>[];
}

/** How a service says that an answer rests on fallback values; `is` null: any value that does not say no. */
export type DegradedMark =
  | { readonly type: 'header'; readonly header: string; readonly is: string | null }
  /** JSON Pointer (RFC 6901) into the answer's body. */
  | { readonly type: 'pointer'; readonly pointer: string; readonly is: string | null }
  | { readonly type: 'status'; readonly status: number };

export interface ModelAnswer {
  readonly modelName: string | null;
  readonly modelVersion: string | null;
  /** The service says that this answer rests on fallback values. */
  readonly degraded: boolean;
  readonly outputs: readonly Tensor[];
}
