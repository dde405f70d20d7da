import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { ImportedModel } from '../graph/types.ts';

/** The input of a model that somebody named. @param at where @throws TinymlError E_USAGE, with the nearest name */
export function inputNamed(
  { inputs }: ImportedModel,
  wanted: string,
  at: string,
): ImportedModel['inputs'][number] {
  const found = inputs.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  const names = inputs.map(({ name }) => name);
  const [meant] = nearest(wanted, names);
  throw new TinymlError('E_USAGE', `the model has no input "${wanted}"`, {
    at,
    hint:
      meant === undefined
        ? `its inputs are ${firstOf(names.map((name) => `"${name}"`))}`
        : `Did you mean "${meant}"?`,
  });
}
