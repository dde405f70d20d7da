import { TinymlError, unreachable } from '../diagnostics/errors.ts';
import { fitArray } from './fit-array.ts';
import { fitImage, pixelTables } from './fit-image.ts';
import { fitSignal, fitSound } from './fit-recording.ts';
import type { Preprocess } from './preprocess.ts';
import type { Recorded } from './source.ts';

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
  return (record, into) => {
    if (into !== undefined && record.content.kind === 'image') {
      return [
        fitImage(
          record.content.image,
          onlyInput(inputShapes, record.at),
          preprocess,
          tables,
          record.at,
          into,
        ),
      ];
    }
    const inputs = fitRecord(record, inputShapes, preprocess, tables);
    if (into !== undefined) into.set(inputs[0]!);
    return inputs;
  };
}

function fitRecord(
  { content, at }: Recorded,
  inputShapes: readonly Shape[],
  preprocess: Preprocess,
  tables: readonly Float32Array[],
): readonly Float32Array[] {
  switch (content.kind) {
    case 'image':
      return [fitImage(content.image, onlyInput(inputShapes, at), preprocess, tables, at)];
    case 'sound':
      return [fitSound(content, onlyInput(inputShapes, at), preprocess, at)];
    case 'signal':
      return [fitSignal(content, onlyInput(inputShapes, at), preprocess, at)];
    case 'arrays':
      if (content.arrays.length !== inputShapes.length) {
        throw new TinymlError(
          'E_DATA',
          `the model has ${inputShapes.length} inputs, the data ${content.arrays.length}`,
          {
            at,
            hint: 'Several inputs are read from an .npz file with arrays x0, x1 ..., or from .f32 files.',
          },
        );
      }
      return content.arrays.map((array, k) => fitArray(array, inputShapes[k]!, preprocess, at));
    default:
      return unreachable(content);
  }
}

function onlyInput(inputShapes: readonly Shape[], at: string): Shape {
  const [shape] = inputShapes;
  if (shape !== undefined && inputShapes.length === 1) return shape;
  throw new TinymlError('E_DATA', `the model has ${inputShapes.length} inputs, the data only one`, {
    at,
    hint: 'Several inputs are read from an .npz file with arrays x0, x1 ..., or from .f32 files.',
  });
}
