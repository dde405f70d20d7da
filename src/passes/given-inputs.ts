import type { ImportedModel } from '../graph/types.ts';
import { type BoundInputs, withBoundInputs } from './bound-inputs.ts';
import { type GivenShapes, withGivenShapes } from './given-shapes.ts';

/** What is said of the inputs of a model beside what its file says. */
export type GivenInputs = { readonly shapes: GivenShapes; readonly bound: BoundInputs };

export const NOTHING_GIVEN: GivenInputs = { shapes: new Map(), bound: new Map() };

/** Law: the same model for inputs of these shapes and values. @throws TinymlError E_USAGE as `withGivenShapes`, `withBoundInputs` */
export function withGivenInputs(model: ImportedModel, { shapes, bound }: GivenInputs): ImportedModel {
  return withBoundInputs(withGivenShapes(model, shapes), bound);
}
