// Which URL paths of the Open Inference Protocol v2 mean an inference call, and of which model.
// A prefix before /v2 is allowed: gateways often serve several services under one host.

const inferForm = /\/v2\/models\/([^/]+)(?:\/versions\/([^/]+))?\/infer$/;

export interface InferPath {
  readonly model: string;
  readonly version: string | null;
}

/** Null when the path (query ignored) is no inference call. */
export function readInferPath(path: string): InferPath | null {
  const end = path.search(/[?#]/);
  const found = inferForm.exec(end < 0 ? path : path.slice(0, end));
  if (!found) return null;
  return { model: unescapePart(found[1] ?? ''), version: found[2] === undefined ? null : unescapePart(found[2]) };
}

function unescapePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
