// Every codec by the name people write after `protocol:`. A new codec is one file and one line here.
import type { TObject } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { Codec } from '../ports.ts';
import { uncompressing } from './content-encoding.ts';
import { json } from './json.ts';
import { mlflow } from './mlflow.ts';
import { openInferenceV2 } from './open-inference-v2.ts';
import { seldonV1 } from './seldon-v1.ts';
import { tensorflowServing } from './tensorflow-serving.ts';

/** All of them also understand compressed bodies. */
export const codecs: readonly Kind<TObject, Codec>[] = [openInferenceV2, tensorflowServing, seldonV1, mlflow, json].map(
  (kind) => uncompressing(kind as Kind<TObject, Codec>),
);
