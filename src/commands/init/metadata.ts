// What an Open Inference Protocol server says about itself: its models, and a model's tensors.
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { request } from 'undici';
import { messageOf, PenumbraError } from '../../errors.ts';
import { parseJson } from '../../io/json.ts';
import { readCapped } from '../../io/read-capped.ts';

export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  /** −1 where any length will do. */
  readonly shape: readonly number[];
}

export interface ModelMetadata {
  readonly name: string;
  readonly versions: readonly string[];
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
}

const tensor = Type.Object({
  name: Type.String({ minLength: 1 }),
  datatype: Type.String(),
  shape: Type.Array(Type.Number()),
});
const metadata = Compile(
  Type.Object({
    name: Type.String({ minLength: 1 }),
    versions: Type.Optional(Type.Array(Type.String())),
    inputs: Type.Array(tensor),
    outputs: Type.Array(tensor),
  }),
);
const repository = Compile(Type.Array(Type.Object({ name: Type.String({ minLength: 1 }) })));

const deadlineMs = 5000;
const maxBytes = 4 * 1024 * 1024;

/** @throws PenumbraError USAGE when the server cannot be asked, speaks something else, or has several models and none was named */
export async function readMetadata(url: string, { model }: { model: string | null }): Promise<ModelMetadata> {
  const name = model ?? (await onlyModel(url));
  const found = await ask(url, { path: `/v2/models/${encodeURIComponent(name)}`, method: 'GET' });
  if (!metadata.Check(found)) throw new PenumbraError('USAGE', `${url} says nothing of the tensors of model "${name}"`);
  return { versions: [], ...found };
}

async function onlyModel(url: string): Promise<string> {
  const say = 'name the model with --model NAME';
  const index = await ask(url, { path: '/v2/repository/index', method: 'POST' }).catch((thrown) => {
    throw new PenumbraError('USAGE', `${url} does not list its models (${messageOf(thrown)}): ${say}`);
  });
  const models = repository.Check(index) ? index : [];
  const [first, second] = models;
  if (first !== undefined && second === undefined) return first.name;
  const known = models.map((one) => one.name).join(', ');
  throw new PenumbraError('USAGE', `${url} lists ${models.length === 0 ? 'no model' : `several (${known})`}: ${say}`);
}

async function ask(url: string, { path, method }: { path: string; method: 'GET' | 'POST' }): Promise<unknown> {
  const base = url.replace(/\/$/, '');
  const post = method === 'POST' ? { headers: { 'content-type': 'application/json' }, body: '{}' } : {};
  const signal = AbortSignal.timeout(deadlineMs);
  const answer = await whenItListens(() => request(`${base}${path}`, { method, signal, ...post })).catch((thrown) => {
    throw new PenumbraError('USAGE', `${base}${path} could not be asked: ${messageOf(thrown)}`);
  });
  const body = await readCapped(answer.body, { maxBytes });
  if (answer.statusCode !== 200) throw new PenumbraError('USAGE', `${base}${path} answered HTTP ${answer.statusCode}`);
  return parseJson(body, { maxBytes });
}

/** A server that was started just before may not listen yet. */
const listensWithinMs = 3000;

async function whenItListens<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const untilMs = performance.now() + listensWithinMs;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      const isRefused = thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED';
      if (!isRefused || performance.now() >= untilMs) throw thrown;
      await new Promise((resume) => setTimeout(resume, 250));
    }
  }
}
