// Every kind of target by its name. A new one is one file and one line here.
import { commandTarget } from './command.ts';
import { httpTarget } from './http.ts';
import { onnxTarget } from './onnx.ts';

export const targets = [httpTarget, onnxTarget, commandTarget] as const;
