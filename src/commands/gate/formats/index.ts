// Every form that `penumbra gate` can answer in. A new one is one file and one line here.
import type { GateFormat } from './format.ts';
import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import { json } from './json.ts';
import { junit } from './junit.ts';
import { markdown } from './markdown.ts';
import { text } from './text.ts';

export const gateFormats: readonly GateFormat[] = [text, json, junit, markdown, github, gitlab];
