import { TinymlError, unreachable } from '../diagnostics/errors.ts';
import { fitArray, requireShape } from './fit-array.ts';
import { fitImage, pixelTables, requireImage } from './fit-image.ts';
import { createFitSound, type FitSound, fitSignal } from './fit-recording.ts';
import type { Preprocess } from './preprocess.ts';
import { windowLength } from './recordings.ts';
import type { NumberArray, Outline, Recorded } from './source.ts';

type Shape = readonly number[];

/**
 * Turns a record into the values of the model inputs, in the axis order of the model. Where `into` is given, it takes the
 * values of an only input.
 * @throws TinymlError E_DATA where the shapes do not match (both are named) or a value is not finite,
 * E_PREPROCESS where the description does not fit the data or the model.
 */
export type Fit = (record: Recorded, into?: Float32Array) => readonly Float32Array[];

export function createFit(inputShapes: readonly Shape[], preprocess: Preprocess): Fit {
  const tables = pixelTables(preprocess);
  let fitSound: FitSound | null = null; // made for the first sound: other data need none
  const fitContent = ({ content, at }: Recorded, into?: Float32Array): readonly Float32Array[] => {
    switch (content.kind) {
      case 'image':
        return [fitImage(content.image, onlyInput(inputShapes, at), preprocess, tables, at, into)];
      case 'sound':
        fitSound ??= createFitSound(onlyInput(inputShapes, at), preprocess);
        return [fitSound(content, at)];
      case 'signal':
        return [fitSignal(content, onlyInput(inputShapes, at), preprocess, at)];
      case 'arrays':
        return fitArrays(content.arrays, inputShapes, preprocess, at);
      default:
        return unreachable(content);
    }
  };
  return (record, into) => {
    const inputs = fitContent(record, into);
    if (into !== undefined && inputs[0] !== into) into.set(inputs[0]!);
    return inputs;
  };
}

/** What `Fit` throws of a sample that is not of the shape of the model, as far as the header of its file tells. @throws TinymlError E_DATA, E_PREPROCESS */
export function requireFit(
  outline: Outline,
  inputShapes: readonly Shape[],
  preprocess: Preprocess,
  at: string,
): void {
  const shape = onlyInput(inputShapes, at);
  switch (outline.kind) {
    case 'image':
      requireImage(outline.size, shape, preprocess, at);
      return;
    case 'array':
      requireShape(outline.shape, shape, at);
      return;
    case 'recording':
      windowLength(outline.header, shape, preprocess);
      return;
    default:
      unreachable(outline);
  }
}

function fitArrays(
  arrays: readonly NumberArray[],
  inputShapes: readonly Shape[],
  preprocess: Preprocess,
  at: string,
): readonly Float32Array[] {
  if (arrays.length === inputShapes.length) {
    return arrays.map((array, k) => fitArray(array, inputShapes[k]!, preprocess, at));
  }
  throw new TinymlError('E_DATA', `the model has ${inputShapes.length} inputs, the data ${arrays.length}`, {
    at,
    hint: SEVERAL_HINT,
  });
}

function onlyInput(inputShapes: readonly Shape[], at: string): Shape {
  const [shape] = inputShapes;
  if (shape !== undefined && inputShapes.length === 1) return shape;
  throw new TinymlError('E_DATA', `the model has ${inputShapes.length} inputs, the data only one`, {
    at,
    hint: SEVERAL_HINT,
  });
}

const SEVERAL_HINT =
  'Several inputs are read from an .npz file with an array for each, named after them or x0, x1 ..., or from .f32 files.';
