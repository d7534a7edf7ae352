// Modules of the product as `npm run build` left them: run from the sources they would carry the transpiler's own cost (it names every
// closure anew), which is up to a fifth of the time measured here. `PENUMBRA_BENCH_BUILD` names another build, to measure a change.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = resolve(process.env.PENUMBRA_BENCH_BUILD ?? `${import.meta.dirname}/../../../dist`);

/** The module that `src/NAME.ts` became. Its type is that of the source. */
export async function built<Module>(name: string): Promise<Module> {
  return (await import(pathToFileURL(`${folder}/${name}.js`).href)) as Module;
}
