// The shape of every resource plugin.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from 'fastify';
import type { Access } from './access.ts';
import type { Comparator } from './comparator.ts';

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ResourceOptions {
  readonly comparator: Comparator;
  /** For routes whose callers can send no header. */
  readonly access: Access;
}

export type ResourcePlugin = (app: FastifyInstance, options: ResourceOptions) => Promise<void>;

/** A plugin whose routes get their types from their schemas. */
export function resource(
  register: (app: Api, comparator: Comparator, options: ResourceOptions) => void,
): ResourcePlugin {
  return async (app, options) => register(app.withTypeProvider<TypeBoxTypeProvider>(), options.comparator, options);
}
