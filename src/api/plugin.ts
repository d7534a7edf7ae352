// The shape of every resource plugin.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { Comparator } from './comparator.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export type ResourcePlugin = (app: FastifyInstance, options: { comparator: Comparator }) => Promise<void>;

/** A plugin whose routes get their types from their schemas. */
export function resource(register: (app: Api, comparator: Comparator) => void): ResourcePlugin {
  return async (app, { comparator }) => register(app.withTypeProvider<TypeBoxTypeProvider>(), comparator);
}
