// Starts a module of this folder as a thread: the built file as it is, a TypeScript source (in development) through tsx.
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** `name` is the module's, without extension. */
export function startThread(name: string, options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL(`./${name}.js`, import.meta.url), options);
  const file = JSON.stringify(new URL(`./${name}.ts`, import.meta.url));
  // A loader registered in the main thread does not reach into threads.
  const loader = JSON.stringify('tsx/esm/api');
  const code = `import(${loader}).then(({register}) => { register(); return import(${file}); })`;
  return new Worker(code, { ...options, eval: true, execArgv: [] });
}
