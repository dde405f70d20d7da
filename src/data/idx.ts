import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import { type ByteSource, byteSource, firstBytes, truncated, withReader } from './byte-source.ts';
import { bytesPerElement, type ElementType, toFloats } from './elements.ts';
import { type Labels, NO_LABELS, wholeLabels } from './labels.ts';
import { type Content, fixedSizeRecords, type Source } from './source.ts';

/** IDX, the format of MNIST: 0, 0, type, rank, `rank` big-endian uint32 dimensions, big-endian elements. */
const TYPES: Readonly<Record<number, ElementType>> = {
  8: 'uint8',
  9: 'int8',
  11: 'int16',
  12: 'int32',
  13: 'float32',
  14: 'float64',
};

type IdxHeader = {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly dataOffset: number;
};

/** Whether the first four bytes of a file are those of an IDX file. */
export function looksLikeIdx(bytes: Uint8Array): boolean {
  const [zero, alsoZero, type, rank] = bytes;
  return zero === 0 && alsoZero === 0 && TYPES[type!] !== undefined && rank! >= 1 && rank! <= 8;
}

/**
 * An IDX file of samples, and the IDX file of labels beside it (`images` in the name replaced by `labels`), if
 * there is one. Unsigned bytes of rank 3 are grey images, everything else arrays.
 * @throws TinymlError E_DATA for a damaged header, too few bytes, or as many labels as there are not samples.
 */
export function openIdx(source: ByteSource): Source {
  const header = readHeader(source);
  const [length = 0, ...shape] = header.shape;
  if (shape.length === 0) {
    throw new TinymlError('E_DATA', 'an IDX file of labels holds no samples', {
      at: source.path,
      hint: 'Give the path of the file of images; the labels are found beside it.',
    });
  }
  const labels = labelsBeside(source.path, length);
  const bytes = elementCount(shape) * bytesPerElement(header.type);
  return {
    length,
    classes: labels.classes,
    files: [source.path, ...labels.files],
    records: (indices) =>
      fixedSizeRecords(source, indices, { offset: header.dataOffset, bytes }, (record, i) => ({
        content: contentOf(record, header.type, shape),
        label: labels.at(i),
      })),
    labels: () => labels.all(length),
  };
}

function contentOf(bytes: Uint8Array, type: ElementType, shape: readonly number[]): Content {
  const [height, width, ...rest] = shape;
  if (type === 'uint8' && height !== undefined && width !== undefined && rest.length === 0) {
    return { kind: 'image', image: { width, height, channels: 1, pixels: bytes } };
  }
  return { kind: 'arrays', arrays: [{ shape, values: toFloats(bytes, type, false) }] };
}

function labelsBeside(path: string, length: number): Labels {
  const labelsPath = labelFileOf(path);
  if (labelsPath === null) return NO_LABELS;
  const source = byteSource(labelsPath);
  const header = readHeader(source);
  const [count = 0, ...rest] = header.shape;
  if (rest.length > 0 || count !== length) {
    throw new TinymlError(
      'E_DATA',
      `the labels have shape [${header.shape.join(', ')}], but there are ${length} images`,
      { at: [labelsPath, path], hint: 'The two files must belong together: one label per image.' },
    );
  }
  const bytes = withReader(source, (reader) =>
    reader.read(header.dataOffset, count * bytesPerElement(header.type)),
  );
  return wholeLabels(toFloats(bytes, header.type, false), labelsPath);
}

/** `train-images-idx3-ubyte.gz` -> `train-labels-idx1-ubyte.gz` or the same without `.gz`, whichever is there. */
function labelFileOf(path: string): string | null {
  const name = basename(path);
  if (!name.includes('images')) return null;
  const plain = name.replace('images', 'labels').replace(/idx\d/, 'idx1').replace(/\.gz$/, '');
  const found = [`${plain}.gz`, plain]
    .map((one) => join(dirname(path), one))
    .filter((one) => existsSync(one));
  return found.find((one) => one.endsWith('.gz') === path.endsWith('.gz')) ?? found[0] ?? null;
}

function readHeader(source: ByteSource): IdxHeader {
  const start = firstBytes(source, 4 + 4 * 8);
  if (!looksLikeIdx(start)) {
    throw new TinymlError('E_DATA', 'this is not an IDX file', {
      at: source.path,
      hint: 'An IDX file starts with two zero bytes, its element type and its number of dimensions.',
    });
  }
  const type = TYPES[start[2]!]!;
  const rank = start[3]!;
  const dataOffset = 4 + 4 * rank;
  if (start.length < dataOffset) throw truncated(source.path, dataOffset, source.size);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const shape = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  const needed = dataOffset + elementCount(shape) * bytesPerElement(type);
  if (needed !== source.size) {
    if (needed > source.size) throw truncated(source.path, needed, source.size);
    throw new TinymlError('E_DATA', `the file has ${source.size - needed} bytes too many`, {
      at: source.path,
      hint: `Its header says [${shape.join(', ')}] of ${type}.`,
    });
  }
  return { type, shape, dataOffset };
}
