import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import type { ByteSource } from './byte-source.ts';
import { toFloats } from './elements.ts';
import { noLabels } from './labels.ts';
import { fixedSizeRecords, type Source } from './source.ts';

/**
 * Little-endian float32 values without a header: for each sample all inputs of the model, one after the other.
 * @throws TinymlError E_DATA where the size is not that of whole samples.
 */
export function openRawFloats(source: ByteSource, inputShapes: readonly (readonly number[])[]): Source {
  const counts = inputShapes.map(elementCount);
  const bytes = 4 * counts.reduce((sum, count) => sum + count, 0);
  if (source.size % bytes !== 0) {
    throw new TinymlError(
      'E_DATA',
      `a file of ${source.size} bytes does not hold whole samples of ${bytes / 4} float32 values`,
      {
        at: source.path,
        hint: `The model takes ${inputShapes.map((one) => `[${one.join(', ')}]`).join(', ')}.`,
      },
    );
  }
  return {
    length: source.size / bytes,
    classes: null,
    files: [source.path],
    records: (indices) =>
      fixedSizeRecords(source, indices, { offset: 0, bytes }, (record) => {
        const values = toFloats(record, 'float32', true);
        let start = 0;
        const arrays = inputShapes.map((shape, k) => ({
          shape,
          values: values.subarray(start, (start += counts[k]!)),
        }));
        return { content: { kind: 'arrays', arrays }, label: null };
      }),
    labels: () => noLabels(source.size / bytes),
  };
}
