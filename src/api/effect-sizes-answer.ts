// What the API answers about how far an arm's scores lie from production's, for its OpenAPI document.
import { type TSchema, Type } from 'typebox';

const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);

export const effectSizesAnswer = Type.Object({
  effectSizes: Type.Array(
    Type.Object({
      arm: Type.String(),
      decision: Type.String(),
      sizes: Type.Array(
        Type.Object({
          name: Type.String(),
          base: Type.String({ description: 'base of the logarithm, or unit' }),
          binning: Type.String(),
          n: Type.Integer(),
          estimate: Type.Number(),
          interval: Type.Array(Type.Number(), { minItems: 2, maxItems: 2, description: 'covers at all times at once' }),
        }),
      ),
      distribution: nullable(
        Type.Object({
          cuts: Type.Array(Type.Number(), { description: 'where the bins meet' }),
          bins: Type.Array(Type.Object({ production: Type.Number(), arm: Type.Number() }), {
            description: 'shares of the scores, one more than cuts',
          }),
        }),
      ),
    }),
  ),
});
