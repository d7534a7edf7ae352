// The shape of a pod that penumbra starts, and of the hooks for one that it does not.
import { Type } from 'typebox';
import { text } from './fields.ts';

const closed = { additionalProperties: false };
const anything = (description: string) => Type.Unknown({ description });

export const commandTargetSchema = Type.Object(
  {
    command: anything('starts the pod: "python serve.py --port {port}" or a list; no shell'),
    url: Type.Optional(text('where it listens; {port} is a free port that penumbra chooses, and is in PORT too')),
    ready: Type.Optional(text('the path that answers 2xx when it is ready; the protocol’s own by default')),
    env: Type.Optional(anything('added to its environment; secrets as references')),
    cwd: Type.Optional(text('where it is started; by default beside the config')),
    version: Type.Optional(text('its version, only when its answers carry none')),
  },
  closed,
);

export const hooksSchema = Type.Object(
  {
    kill: Type.Optional(anything('kills the pod: [kubectl, delete, pod, NAME, --wait=false]')),
    start: Type.Optional(anything('starts it again; without it that is left to whoever looks after the pod')),
    pause: Type.Optional(anything('makes it stand still')),
    resume: Type.Optional(anything('lets it go on')),
  },
  closed,
);
