import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TinymlError } from '../diagnostics/errors.ts';
import { elementCount } from '../graph/tensor.ts';
import { type ByteSource, byteSource, firstBytes, truncated, withReader } from './byte-source.ts';
import { interleave } from './cifar10.ts';
import { bytesPerElement, type ElementType, toFloats, toNumbers } from './elements.ts';
import { type Labels, NO_LABELS, wholeLabels } from './labels.ts';
import type { Content, ImageSize, Outline, Source } from './source.ts';

/**
 * NumPy's array format, versions 1 to 3 (numpy.lib.format): magic, version, length of the header, a Python
 * dictionary as text with `descr`, `fortran_order` and `shape`, then the elements.
 */
type NpyArray = {
  readonly source: ByteSource;
  readonly type: ElementType;
  readonly littleEndian: boolean;
  readonly shape: readonly number[];
  readonly dataOffset: number;
};

const TYPES: Readonly<Record<string, ElementType>> = {
  b1: 'bool',
  u1: 'uint8',
  i1: 'int8',
  u2: 'uint16',
  i2: 'int16',
  u4: 'uint32',
  i4: 'int32',
  u8: 'uint64',
  i8: 'int64',
  f4: 'float32',
  f8: 'float64',
};

const MAGIC = [0x93, ...Buffer.from('NUMPY', 'latin1')];
const MAX_HEADER = 1 << 16;

export function looksLikeNpy(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, i) => bytes[i] === byte);
}

/**
 * A `.npy` file of samples, first axis = samples, and the labels beside it (`x` in the name replaced by `y`, or
 * `images` by `labels`), if they are there.
 * @throws TinymlError E_DATA.
 */
export function openNpy(source: ByteSource): Source {
  const labelsPath = labelFileOf(source.path);
  return arraySource(
    [readNpyHeader(source)],
    labelsPath === null ? null : readNpyHeader(byteSource(labelsPath)),
    labelsPath === null ? [source.path] : [source.path, labelsPath],
  );
}

/** Samples from one array per model input, and their labels. @throws TinymlError E_DATA. */
export function arraySource(
  inputs: readonly NpyArray[],
  labelArray: NpyArray | null,
  files: readonly string[],
): Source {
  const [first] = inputs;
  const length = first?.shape[0];
  if (first === undefined || length === undefined) {
    throw new TinymlError('E_DATA', 'an array without axes holds no samples', {
      at: files[0]!,
      hint: 'The first axis counts the samples: (samples, ...).',
    });
  }
  for (const other of inputs.slice(1)) {
    if (other.shape[0] !== length) {
      throw new TinymlError('E_DATA', `${other.shape[0] ?? 'no'} samples here, but ${length} there`, {
        at: [other.source.path, first.source.path],
        hint: 'Every input of the model needs the same number of samples.',
      });
    }
  }
  const targets = labelArray !== null && holdsTargets(labelArray) ? labelArray : null;
  const labels =
    labelArray === null || targets !== null ? NO_LABELS : readLabels(labelArray, length, first.source.path);
  if (targets !== null && targets.shape[0] !== length) {
    throw new TinymlError('E_DATA', `${targets.shape[0]} targets, but ${length} samples`, {
      at: [targets.source.path, first.source.path],
      hint: 'Every sample needs a target of its own.',
    });
  }
  const arrays = targets === null ? inputs : [...inputs, targets];
  return {
    length,
    classes: labels.classes,
    ...(targets === null
      ? {}
      : { targetElements: elementCount(targets.shape.slice(1)), targetsAreClasses: !isReal(targets) }),
    files,
    *records(indices) {
      const readers = arrays.map(({ source }) => source.open());
      try {
        for (const i of indices) {
          const parts = arrays.map(({ shape, type, dataOffset }, k) => {
            const bytes = elementCount(shape.slice(1)) * bytesPerElement(type);
            return readers[k]!.read(dataOffset + i * bytes, bytes);
          });
          const target =
            targets === null ? {} : { target: toFloats(parts.at(-1)!, targets.type, targets.littleEndian) };
          const content = contentOf(inputs, parts);
          yield { content, label: labels.at(i), ...target, at: `${first.source.path}[${i}]` };
        }
      } finally {
        for (const reader of readers) reader.close();
      }
    },
    labels: () => labels.all(length),
  };
}

/**
 * Of each sample a row or more, where a label would be one whole number: real numbers are values that an output is to have, whole ones
 * classes of its places.
 */
function holdsTargets(array: NpyArray): boolean {
  const { shape } = array;
  return shape.length > 1 && (isReal(array) || elementCount(shape.slice(1)) !== 1);
}

function isReal({ type }: NpyArray): boolean {
  return type === 'float32' || type === 'float64';
}

/** A `.npy` file that holds one sample. @throws TinymlError E_DATA */
export function readNpySample(source: ByteSource): Content {
  const array = readNpyHeader(source);
  const { shape, type, dataOffset } = array;
  const bytes = elementCount(shape) * bytesPerElement(type);
  const whole = { ...array, shape: [1, ...shape] };
  return contentOf([whole], [withReader(source, (reader) => reader.read(dataOffset, bytes))]);
}

/** What such a file holds, by its header. @throws TinymlError E_DATA */
export function readNpyOutline(source: ByteSource): Outline {
  const { shape, type } = readNpyHeader(source);
  const size = type === 'uint8' ? imageSizeOf(shape) : null;
  return size === null ? { kind: 'array', shape } : { kind: 'image', size };
}

/** @throws TinymlError E_DATA for what is not a C-ordered array of plain numbers. */
export function readNpyHeader(source: ByteSource): NpyArray {
  const fault = (message: string, hint: string): TinymlError =>
    new TinymlError('E_DATA', message, { at: source.path, hint });
  const start = firstBytes(source, 12);
  if (!looksLikeNpy(start) || start.length < 12) {
    throw fault('this is not a NumPy array', 'Write it with numpy.save or numpy.savez.');
  }
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const version = start[6]!;
  const [textOffset, textLength] =
    version === 1 ? [10, view.getUint16(8, true)] : [12, view.getUint32(8, true)];
  if (version < 1 || version > 3 || textLength > MAX_HEADER) {
    throw fault(`NumPy format version ${version} is not read`, 'Versions 1 to 3 are.');
  }
  const dataOffset = textOffset + textLength;
  if (dataOffset > source.size) throw truncated(source.path, dataOffset, source.size);
  const text = Buffer.from(withReader(source, (reader) => reader.read(textOffset, textLength))).toString(
    'latin1',
  );

  const descr = /'descr'\s*:\s*'([<>|=]?)([a-z]\d+)'/.exec(text);
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const dims = /'shape'\s*:\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  const type = TYPES[descr?.[2] ?? ''];
  if (fortran === undefined || dims === undefined) {
    throw fault('the header of the NumPy array is damaged', 'Write it with numpy.save or numpy.savez.');
  }
  if (type === undefined) {
    const name = /'descr'\s*:\s*(.*?),\s*'/.exec(text)?.[1] ?? 'of unknown type';
    throw fault(`elements ${name} are not read`, "Convert the array, for example with .astype('float32').");
  }
  if (fortran === 'True') {
    throw fault('the array is in Fortran order', 'Save numpy.ascontiguousarray(x) instead.');
  }
  const shape = dims
    .split(',')
    .map((dim) => dim.trim())
    .filter((dim) => dim !== '')
    .map((dim) => Number.parseInt(dim, 10));
  const needed = dataOffset + elementCount(shape) * bytesPerElement(type);
  if (!Number.isSafeInteger(needed) || needed > source.size) {
    throw truncated(source.path, needed, source.size);
  }
  return { source, type, littleEndian: descr?.[1] !== '>', shape, dataOffset };
}

function contentOf(inputs: readonly NpyArray[], parts: readonly Uint8Array[]): Content {
  const [only] = inputs;
  const image =
    inputs.length === 1 && only!.type === 'uint8' ? imageOf(only!.shape.slice(1), parts[0]!) : null;
  if (image !== null) return image;
  return {
    kind: 'arrays',
    arrays: inputs.map(({ shape, type, littleEndian }, k) => ({
      shape: shape.slice(1),
      values: toFloats(parts[k]!, type, littleEndian),
    })),
  };
}

/** Unsigned bytes of shape [h, w], [h, w, 1 or 3] or [1 or 3, h, w] are images. */
function imageSizeOf(shape: readonly number[]): ImageSize | null {
  const [a = 0, b = 0, c = 1] = shape;
  if (shape.length !== 2 && shape.length !== 3) return null;
  if (c === 1 || c === 3) return { width: b, height: a, channels: c };
  return a === 1 || a === 3 ? { width: c, height: b, channels: a } : null;
}

function imageOf(shape: readonly number[], bytes: Uint8Array): Content | null {
  const size = imageSizeOf(shape);
  if (size === null) return null;
  const isInterleaved = (shape[2] ?? 1) === size.channels;
  const pixels = isInterleaved ? bytes : interleave(bytes, size.channels);
  return { kind: 'image', image: { ...size, pixels } };
}

function readLabels(array: NpyArray, length: number, samplesPath: string): Labels {
  const { source, shape, type, littleEndian, dataOffset } = array;
  const [count, ...rest] = shape;
  if (count !== length || elementCount(rest) !== 1) {
    throw new TinymlError(
      'E_DATA',
      `the labels have shape [${shape.join(', ')}], but there are ${length} samples`,
      {
        at: [source.path, samplesPath],
        hint: 'One class number per sample is needed: turn one-hot rows into numbers with argmax(axis=1). Targets of --loss mse are of float32.',
      },
    );
  }
  const bytes = withReader(source, (reader) => reader.read(dataOffset, length * bytesPerElement(type)));
  return wholeLabels(toNumbers(bytes, type, littleEndian), source.path);
}

/** `x_test.npy` -> `y_test.npy`, `images.npy` -> `labels.npy`, if that is there. */
function labelFileOf(path: string): string | null {
  const name = basename(path);
  const swapped = name.includes('images')
    ? name.replace('images', 'labels')
    : name.replace(/(?<![a-z])x(?![a-z])/i, (x) => (x === 'x' ? 'y' : 'Y'));
  const labels = join(dirname(path), swapped);
  return swapped !== name && existsSync(labels) ? labels : null;
}
