import { basename, extname } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { byteSource, firstBytes, statFile } from './byte-source.ts';
import { openCifar10 } from './cifar10.ts';
import { fitRecord } from './fit.ts';
import { openFolder } from './folder.ts';
import { looksLikeIdx, openIdx } from './idx.ts';
import { looksLikeNpy, openNpy } from './npy.ts';
import { looksLikeZip, openNpz } from './npz.ts';
import { type Preprocess, RAW_VALUES } from './preprocess.ts';
import { openRawFloats } from './raw-floats.ts';
import { type Source, upTo } from './source.ts';
import type { Dataset } from './types.ts';

export type DatasetOptions = {
  /** Static shapes of the model inputs in their order, with the batch axis (1). */
  readonly inputShapes: readonly (readonly number[])[];
  /** Default: values as they are in the files. */
  readonly preprocess?: Preprocess;
  /** Only the first so many samples. */
  readonly limit?: number;
};

/**
 * Opens a data set: a folder of images or WAV files, IDX, CIFAR-10 `.bin`, `.npy`, `.npz`, raw `.f32`
 * (docs/data.md). The first sample is read at once, so that data that do not fit the model are found here.
 * @throws TinymlError E_FILE, E_DATA, E_PREPROCESS.
 */
export async function openDataset(path: string, options: DatasetOptions): Promise<Dataset> {
  const { inputShapes, preprocess = RAW_VALUES, limit = Number.POSITIVE_INFINITY } = options;
  const source = openSource(path, inputShapes);
  const length = Math.min(source.length, limit);
  if (source.length === 0) {
    throw new TinymlError('E_DATA', 'the data set is empty', { at: path, hint: 'Give at least one sample.' });
  }
  for (const record of source.records(length > 0 ? [0] : [])) fitRecord(record, inputShapes, preprocess);
  return {
    name: basename(path),
    length,
    classes: source.classes,
    files: source.files,
    async *samples(indices) {
      for (const record of source.records(indices === undefined ? upTo(length) : within(indices, length))) {
        yield { inputs: fitRecord(record, inputShapes, preprocess), label: record.label };
      }
    },
  };
}

function openSource(path: string, inputShapes: readonly (readonly number[])[]): Source {
  if (statFile(path).isFolder) return openFolder(path);
  const source = byteSource(path);
  const start = firstBytes(source, 8);
  if (looksLikeNpy(start)) return openNpy(source);
  if (looksLikeZip(start)) return openNpz(source, inputShapes.length);
  switch (extname(path.replace(/\.gz$/i, '')).toLowerCase()) {
    case '.f32':
      return openRawFloats(source, inputShapes);
    case '.bin':
      return openCifar10(source);
    default:
      if (looksLikeIdx(start)) return openIdx(source);
      throw new TinymlError('E_DATA', 'the format of the data is not known', {
        at: path,
        hint: 'Read are folders of PNG, PGM, PPM or WAV files, IDX, CIFAR-10 .bin, .npy, .npz and raw float32 .f32.',
      });
  }
}

function* within(indices: readonly number[], length: number): Generator<number> {
  for (const index of indices) {
    if (!Number.isInteger(index) || index < 0 || index >= length) {
      throw new TinymlError('E_INTERNAL', `sample ${index} was asked for, there are ${length}`);
    }
    yield index;
  }
}
