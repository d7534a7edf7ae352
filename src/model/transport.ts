// What may be done on purpose to the bytes of a copy on their way to a shadow. Data only: the HTTP target does it, and there is no other
// place that could.

export type TransportFault =
  /** This part of the body is sent, then the connection is reset. */
  | { readonly type: 'abort'; readonly afterShare: number }
  /** This part of the body is sent, then nothing more until the deadline. */
  | { readonly type: 'hang'; readonly afterShare: number }
  /** A whole message with only the first part of its body, which its content-length admits. */
  | { readonly type: 'truncate'; readonly keepShare: number }
  /** Bytes of the body at places drawn from the seed become other bytes. */
  | { readonly type: 'garble'; readonly bytes: number; readonly seed: string };
