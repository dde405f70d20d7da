/** The command line that finds out why a model is bad, with the paths of the call that found it so. */
import { passedOn } from './diagnose-recipes.ts';
import type { Options } from './options.ts';
import { shellLine } from './shell-words.ts';

/** Stands for the float model that a quantised one was made of: its path is not known. */
const FLOAT = 'FLOAT.onnx';

type Judged = {
  /** Paths; null for what there is not. */
  readonly float: string | null;
  readonly quantised: string | null;
  /** Of the call. Without --eval, what was measured on is --data. */
  readonly options: Options;
};

/** Without --target: a diagnosis takes models apart in the integers of microcontrollers. */
export function diagnoseLine({ float, quantised, options }: Judged): string {
  const { target: _, ...rest } = options;
  const data: Options =
    rest.eval === undefined && rest.data !== undefined ? { ...rest, eval: rest.data } : rest;
  const models = [float ?? FLOAT, ...(quantised === null ? [] : [quantised])];
  const line = shellLine(['tinyml', 'diagnose', ...models, ...passedOn('diagnose', data, false)]);
  return float === null ? `${line} (${FLOAT}: the model that it was made of)` : line;
}
