// Where each protocol's servers say that they are ready and which version they serve. Sources: the Open Inference Protocol v2, TensorFlow
// Serving's and KServe's v1 model status, Seldon Core 1's and MLflow's health paths.

export interface Health {
  readonly health: string;
  /** Asked for the version; null: there is nothing to ask. */
  readonly metadata: string | null;
  /** Answers below this status also count: a server that says "no such thing" is there. */
  readonly isReadyBelow: number;
}

/** A parsed JSON answer; empty when there was none. */
export type Metadata = Readonly<Record<string, unknown>>;

const strict = { metadata: null, isReadyBelow: 300 } as const;
const anyAnswer = 500;

/** `path` is the target's own; null when it has none. */
export function healthOf(protocol: string, path: string | null): Health {
  switch (protocol) {
    case 'tensorflow-serving': {
      // The model's own status says both; without its name any answer of the server has to do.
      const model = /^(.*\/v1\/models\/[^/:?]+)(?:\/(?:versions|labels)\/[^/:?]+)?:/.exec(path ?? '')?.[1];
      if (model === undefined) return { health: '/v1/models', metadata: null, isReadyBelow: anyAnswer };
      return { health: model, metadata: model, isReadyBelow: 300 };
    }
    case 'seldon-v1':
      return { ...strict, health: '/ready' };
    case 'mlflow':
      return { ...strict, health: '/ping' };
    case 'json':
      return { health: '/', metadata: null, isReadyBelow: anyAnswer };
    default: {
      const model = /^(.*\/v2\/models\/[^?]+)\/infer(?:\?|$)/.exec(path ?? '')?.[1];
      return { ...strict, health: '/v2/health/ready', metadata: model ?? null };
    }
  }
}

/** False when the answer itself says that the model is not there yet. */
export function isReadyAnswer(protocol: string, document: Metadata): boolean {
  if (protocol !== 'tensorflow-serving') return true;
  const states = statesIn(document);
  if (states.length > 0) return states.some(({ state }) => state === 'AVAILABLE');
  return !['false', 'False'].includes(String(document.ready));
}

export function versionIn(
  protocol: string,
  { path, document }: { path: string | null; document: Metadata },
): string | null {
  if (protocol === 'tensorflow-serving') {
    const asked = /\/versions\/([^/:?]+):/.exec(path ?? '')?.[1];
    const isLabelled = /\/labels\/[^/:?]+:/.test(path ?? '');
    return asked ?? (isLabelled ? null : newestOf(document));
  }
  const [first] = Array.isArray(document.versions) ? (document.versions as unknown[]) : [];
  return typeof first === 'string' ? first : null;
}

interface VersionState {
  readonly version?: unknown;
  readonly state?: unknown;
}

function statesIn(document: Metadata): readonly VersionState[] {
  const states = document.model_version_status;
  return Array.isArray(states) ? states.filter((state) => typeof state === 'object' && state !== null) : [];
}

/** A request without a version is answered by the one with the highest number. */
function newestOf(document: Metadata): string | null {
  const versions = statesIn(document)
    .filter(({ state }) => state === 'AVAILABLE')
    .map(({ version }) => String(version));
  return versions.sort((one, other) => Number(other) - Number(one))[0] ?? null;
}
