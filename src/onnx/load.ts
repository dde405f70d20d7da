/** ONNX files → ImportedModel. */

import { dirname } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { readRegularFile } from '../diagnostics/read-file.ts';
import type { ImportedModel } from '../graph/types.ts';
import { readExternalFile } from './external-data.ts';
import { type FileModel, readFileModel } from './file-model.ts';
import { importModel } from './import.ts';
import type { ReadExternal } from './tensor.ts';

/** Largest model, and most external data of one model, in bytes. Many tensors may name the same bytes of a file. */
const MAX_BYTES = 2 ** 31 - 1;

/**
 * Reads a model file, and external data from the folder it lies in.
 * @throws TinymlError E_FILE when the file cannot be read, and all that importModel throws.
 */
export async function loadModel(path: string): Promise<ImportedModel> {
  const bytes = readModelFile(path);
  return importModel(bytes, { path, readExternal: externalReader(dirname(path)) });
}

/**
 * Reads a model file as it stands, with external data from the folder it lies in.
 * @throws TinymlError E_FILE when the file cannot be read, and all that readFileModel throws.
 */
export function loadFileModel(path: string): FileModel {
  return readFileModel(readModelFile(path), { path, readExternal: externalReader(dirname(path)) });
}

function readModelFile(path: string): Uint8Array {
  return readRegularFile(path, MAX_BYTES, () => {
    return new TinymlError('E_NOT_ONNX', 'the file is larger than 2 GiB, the limit of the format', {
      at: path,
      hint: 'store the weights as external data',
    });
  });
}

function externalReader(folder: string): ReadExternal {
  let total = 0;
  return (range) => {
    total += range.length;
    if (total > MAX_BYTES) {
      throw new TinymlError('E_EXTERNAL_DATA', 'the external data is larger than 2 GiB', {
        at: range.at,
        hint: 'no supported target can hold such a model',
      });
    }
    return readExternalFile(folder, range);
  };
}
