import { TinymlError } from '../diagnostics/errors.ts';
import type { Dim, ImportedModel } from '../graph/types.ts';
import { inputNamed } from './input-named.ts';

/** Whole shapes of inputs, by name; every size is at least 1. */
export type GivenShapes = ReadonlyMap<string, readonly number[]>;

/**
 * Law: the same model for inputs of these shapes. A symbol that gets one size is that size on all other inputs too; one that
 * gets several (exporters that call every open dimension "?") says nothing of them.
 * @throws TinymlError E_USAGE for inputs that the model does not have, another number of axes, and axes that are fixed otherwise
 */
export function withGivenShapes(model: ImportedModel, shapes: GivenShapes): ImportedModel {
  if (shapes.size === 0) return model;
  const symbols = new Map<string, Set<number>>();
  for (const [name, sizes] of shapes) {
    const { shape } = inputNamed(model, name, `--shape ${name}=${sizes}`);
    checkShape(name, shape, sizes);
    shape.forEach((dim, axis) => {
      if (typeof dim === 'string') symbols.set(dim, (symbols.get(dim) ?? new Set()).add(sizes[axis]!));
    });
  }
  const known = (dim: Dim): Dim => {
    const sizes = typeof dim === 'string' ? symbols.get(dim) : undefined;
    return sizes?.size === 1 ? [...sizes][0]! : dim;
  };
  const inputs = model.inputs.map((input) => ({
    ...input,
    shape: shapes.get(input.name) ?? input.shape.map(known),
  }));
  return { ...model, inputs };
}

function checkShape(name: string, shape: readonly Dim[], sizes: readonly number[]): void {
  const at = `--shape ${name}=${sizes}`;
  const stated = shape.map((dim) => dim ?? '?').join(',');
  if (shape.length !== sizes.length) {
    throw new TinymlError('E_USAGE', `input "${name}" has ${axes(shape.length)}, not ${sizes.length}`, {
      at,
      hint: `give all of ${stated === '' ? 'none: it is a scalar' : stated}, the batch too`,
    });
  }
  const axis = shape.findIndex((dim, i) => typeof dim === 'number' && dim !== sizes[i]);
  if (axis < 0) return;
  throw new TinymlError('E_USAGE', `axis ${axis} of input "${name}" is ${shape[axis]}, not ${sizes[axis]}`, {
    at,
    hint: `the model fixes it: ${stated}; only open axes take another size, else export the model again`,
  });
}

function axes(count: number): string {
  return count === 1 ? '1 axis' : `${count} axes`;
}
