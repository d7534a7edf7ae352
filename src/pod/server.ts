// The inference pod: one ONNX model over the Open Inference Protocol v2 (REST, JSON tensors), optionally with part of its
// features from a feature store. Answers as the protocol says, errors included: {"error": "…"} with a 4xx or 503.
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { PenumbraError } from '../errors.ts';
import { readRequest, writeAnswer } from '../io/codecs/open-inference-v2/messages.ts';
import type { ServedModel } from '../io/served-model.ts';
import { answerErrors } from './answer-errors.ts';
import { entityKeyName, type FeatureFill } from './fill-features.ts';

export interface PodDeps {
  readonly served: ServedModel;
  /** Null: every feature is taken from the request. */
  readonly features: FeatureFill | null;
  /** Say `parameters.degraded: true` when an answer rests on fallback values. */
  readonly markDegraded: boolean;
}

const maxBodyBytes = 4 * 1024 * 1024;
/** Longer than clients keep idle connections, so that it is always they who close. */
const keepAliveMs = 75_000;

interface ModelParams {
  readonly model: string;
  readonly version?: string;
}

type ModelRoute = FastifyRequest<{ Params: ModelParams }>;

/** The caller listens and closes; closing it frees the model and the feature client. */
export function createPodServer(deps: PodDeps): FastifyInstance {
  const { served, features } = deps;
  const app = Fastify({
    bodyLimit: maxBodyBytes,
    keepAliveTimeout: keepAliveMs,
    requestTimeout: 30_000,
    routerOptions: { maxParamLength: 1024 },
  });
  answerErrors(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  app.get('/v2', async () => ({ name: 'penumbra-pod', version: served.version, extensions: [] }));
  app.get('/v2/health/live', async () => ({ live: true }));
  app.get('/v2/health/ready', async () => ({ ready: true }));
  // Tritonserver's and MLServer's repository extension: which models there are.
  app.post('/v2/repository/index', async () => [{ name: served.name, version: served.version, state: 'READY' }]);
  for (const path of ['/v2/models/:model', '/v2/models/:model/versions/:version']) {
    app.get(path, async (request: ModelRoute) => {
      requireModel(served, request.params);
      return metadataOf(deps);
    });
    app.get(`${path}/ready`, async (request: ModelRoute) => {
      requireModel(served, request.params);
      return { name: served.name, ready: true };
    });
    app.post(`${path}/infer`, (request: ModelRoute, reply) => infer(deps, request, reply));
  }

  app.addHook('onClose', async () => {
    await features?.close();
    await served.model.close();
  });
  return app;
}

async function infer(
  { served, features, markDegraded }: PodDeps,
  http: ModelRoute,
  reply: FastifyReply,
): Promise<string> {
  requireModel(served, http.params);
  const request = readRequest({ headers: headersOf(http, bodyHeaders), body: bytesOf(http.body) });
  const filled = features
    ? await features.fill(request, headersOf(http, forwardedHeaders))
    : { request, isDegraded: false };
  const outputs = await served.model.run(filled.request);
  const parameters = markDegraded && filled.isDegraded ? { degraded: true } : undefined;
  reply.type('application/json');
  return writeAnswer({ modelName: served.name, modelVersion: served.version, id: request.id, parameters, outputs });
}

/** The version may be given in full or as the card says it. */
function requireModel({ name, version, card }: ServedModel, params: ModelParams): void {
  if (params.model !== name)
    throw new PenumbraError('NOT_FOUND', `model "${params.model}" is not served here, "${name}" is`);
  if (params.version === undefined || params.version === version || params.version === card?.version) return;
  throw new PenumbraError('NOT_FOUND', `version "${params.version}" of ${name} is not served here, "${version}" is`);
}

function metadataOf({ served, features }: PodDeps): object {
  const key = features ? [{ name: entityKeyName, datatype: 'BYTES', shape: [-1] }] : [];
  return {
    name: served.name,
    versions: [served.version],
    platform: 'onnxruntime_onnx',
    inputs: [...served.model.inputs, ...key],
    outputs: served.model.outputs,
  };
}

/** What says whose request it is: the store, or a proxy in front of it, can tell for whom it is called. */
const forwardedHeaders = ['x-request-id', 'traceparent', 'x-shadow', 'baggage'];
const bodyHeaders = ['content-encoding', 'inference-header-content-length'];

function headersOf({ headers }: FastifyRequest, names: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value !== undefined) found[name] = String(value);
  }
  return found;
}

function bytesOf(body: unknown): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}
