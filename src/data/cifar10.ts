import { TinymlError } from '../diagnostics/errors.ts';
import { type ByteSource, withReader } from './byte-source.ts';
import { fixedSizeRecords, type Source } from './source.ts';

const SIDE = 32;
const PLANE = SIDE * SIDE;
const RECORD = 1 + 3 * PLANE;

/**
 * CIFAR-10 in its binary version: records of one label byte (0 .. 9), then the red, green and blue planes of
 * 32x32 pixels, without a header.
 * @throws TinymlError E_DATA where the size is not that of whole records, or a label is above 9.
 */
export function openCifar10(source: ByteSource): Source {
  if (source.size % RECORD !== 0) {
    throw new TinymlError(
      'E_DATA',
      `a file of ${source.size} bytes does not hold whole CIFAR-10 records of ${RECORD} bytes`,
      {
        at: source.path,
        hint: 'A .bin file is read as CIFAR-10; raw float32 values are named .f32. It may be truncated.',
      },
    );
  }
  return {
    length: source.size / RECORD,
    classes: 10,
    files: [source.path],
    records: (indices) =>
      fixedSizeRecords(source, indices, { offset: 0, bytes: RECORD }, (record, _, at) => {
        const label = checkedLabel(record[0]!, at);
        const pixels = interleave(record.subarray(1), 3);
        return {
          content: { kind: 'image', image: { width: SIDE, height: SIDE, channels: 3, pixels } },
          label,
        };
      }),
    labels: () =>
      withReader(source, (reader) =>
        Int32Array.from({ length: source.size / RECORD }, (_, i) =>
          checkedLabel(reader.read(i * RECORD, 1)[0]!, `${source.path}[${i}]`),
        ),
      ),
  };
}

function checkedLabel(label: number, at: string): number {
  if (label <= 9) return label;
  throw new TinymlError('E_DATA', `label ${label} is not a class of CIFAR-10 (0 .. 9)`, {
    at,
    hint: 'A .bin file is read as CIFAR-10 records; CIFAR-100 has another layout and is not read.',
  });
}

/** Planes one after the other -> channels side by side. */
export function interleave(planes: Uint8Array, channels: number): Uint8Array {
  const count = planes.length / channels;
  const pixels = new Uint8Array(planes.length);
  for (let c = 0; c < channels; c++) {
    for (let i = 0; i < count; i++) pixels[i * channels + c] = planes[c * count + i]!;
  }
  return pixels;
}
