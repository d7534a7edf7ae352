// Every codec by the name people write after `protocol:`. A new codec is one file and one line here.
import { openInferenceV2 } from './open-inference-v2.ts';

export const codecs = [openInferenceV2] as const;
