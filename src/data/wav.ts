import { TinymlError, unreachable } from '../diagnostics/errors.ts';
import { type ByteReader, type ByteSource, memorySource, withReader } from './byte-source.ts';

/** What the header of a recording says. */
type SoundFormat = {
  /** In Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly length: number;
};

/** How a sample of one channel is stored: little-endian integers (8 bits unsigned), or floats of -1 .. 1. */
type Coding = 'u8' | 's16' | 's24' | 's32' | 'f32';

/** One recording in 16 bits; several channels are averaged, and the mean is rounded once (halves up). */
type Sound = {
  readonly format: SoundFormat;
  readonly pcm: Int16Array;
};

const PCM = 1;
const IEEE_FLOAT = 3;
const EXTENSIBLE = 0xfffe;

/** Forms of RIFF for files beyond 4 GiB (EBU Tech 3306, ITU-R BS.2088). */
const WIDE: ReadonlySet<string> = new Set(['RF64', 'BW64']);

const CONVERT = 'Convert it, for example with: ffmpeg -i in.wav -c:a pcm_s16le out.wav';

/** @throws TinymlError E_DATA for what is not a WAV file of PCM or float32, for damage, and for samples that are no numbers. */
export function decodeWav(bytes: Uint8Array, path: string): Sound {
  return withReader(memorySource(path, bytes), (reader) => {
    const { start, coding, ...format } = readHeader(reader, bytes.length, path);
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    const pcm = average(sampleReader(view, coding), format, path);
    return { format, pcm };
  });
}

/** The format of a WAV file, without reading its samples. @throws TinymlError E_FILE; E_DATA as decodeWav */
export function wavFormat(source: ByteSource): SoundFormat {
  const { sampleRate, channels, length } = withReader(source, (reader) =>
    readHeader(reader, source.size, source.path),
  );
  return { sampleRate, channels, length };
}

/**
 * Reads a RIFF WAVE file up to its samples (Microsoft "Multimedia Programming Interface and Data Specifications",
 * 1991): chunks of id, little-endian size, content, padded to even sizes. Data that were streamed go to the end of the file.
 */
function readHeader(
  reader: ByteReader,
  bytes: number,
  path: string,
): SoundFormat & { readonly start: number; readonly coding: Coding } {
  const fault = (message: string, hint = 'Fetch or write the file again.'): TinymlError =>
    new TinymlError('E_DATA', message, { at: path, hint });
  const viewOf = (at: number, length: number): DataView => {
    const read = reader.read(at, length);
    return new DataView(read.buffer, read.byteOffset, length);
  };
  const tag = (view: DataView, at: number): string =>
    String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
  const riff = bytes < 12 ? null : viewOf(0, 12);
  if (riff === null || tag(riff, 0) !== 'RIFF' || tag(riff, 8) !== 'WAVE') {
    if (riff !== null && WIDE.has(tag(riff, 0))) {
      throw fault(`WAV files of 64-bit sizes (${tag(riff, 0)}) are not read`, CONVERT);
    }
    throw fault('this is not a WAV file');
  }
  const riffSize = riff.getUint32(4, true);
  let format: (Pick<SoundFormat, 'channels' | 'sampleRate'> & { readonly coding: Coding }) | null = null;
  for (let at = 12; at + 8 <= bytes; ) {
    const chunk = viewOf(at, 8);
    const [id, stated, start] = [tag(chunk, 0), chunk.getUint32(4, true), at + 8];
    const size = id === 'data' && isStreamed(stated, riffSize, start) ? bytes - start : stated;
    if (start + size > bytes) {
      throw fault(`the file is truncated: chunk "${id}" has ${size} bytes, ${bytes - start} are there`);
    }
    if (id === 'fmt ') {
      if (size < 16) throw fault('the format chunk is damaged');
      const view = viewOf(start, Math.min(size, 26));
      const tagged = view.getUint16(0, true);
      const bits = view.getUint16(14, true);
      const channels = view.getUint16(2, true);
      const stored = tagged === EXTENSIBLE && size >= 26 ? view.getUint16(24, true) : tagged;
      const coding = codingOf(stored, bits);
      if (coding === null || channels === 0) {
        throw fault(
          `only PCM of 8, 16, 24 and 32 bits and float32 are read, this is ${bits}-bit, format ${stored}, of ${channels} channels`,
          CONVERT,
        );
      }
      const sampleRate = view.getUint32(4, true);
      if (sampleRate === 0) throw fault('the format chunk says a rate of 0 Hz');
      format = { channels, sampleRate, coding };
    } else if (id === 'data') {
      if (format === null) throw fault('the data come before their format');
      const frame = BYTES[format.coding] * format.channels;
      return { ...format, length: Math.floor(size / frame), start };
    }
    at = start + size + (size & 1);
  }
  throw fault('there are no sound data in the file');
}

/** From here on a size is none: who writes into a pipe (sox 0x7ffff000, ffmpeg 0xffffffff) does not know it yet. */
const UNKNOWN_SIZE = 0x7ffff000;

/** Whether a header was written before the data, and never completed. @param riffSize what the file says of itself @param start of the data */
function isStreamed(dataSize: number, riffSize: number, start: number): boolean {
  return dataSize === 0 ? riffSize + 8 <= start || riffSize >= UNKNOWN_SIZE : dataSize >= UNKNOWN_SIZE;
}

const BYTES: Readonly<Record<Coding, number>> = { u8: 1, s16: 2, s24: 3, s32: 4, f32: 4 };

function codingOf(format: number, bits: number): Coding | null {
  if (format === IEEE_FLOAT) return bits === 32 ? 'f32' : null;
  if (format !== PCM) return null;
  switch (bits) {
    case 8:
      return 'u8';
    case 16:
      return 's16';
    case 24:
      return 's24';
    case 32:
      return 's32';
    default:
      return null;
  }
}

/** Reads sample `i` (over all channels) in units of a 16-bit step; exact in a float64. */
function sampleReader(view: DataView, coding: Coding): (i: number) => number {
  switch (coding) {
    case 'u8':
      return (i) => (view.getUint8(i) - 128) * 256;
    case 's16':
      return (i) => view.getInt16(2 * i, true);
    case 's24':
      return (i) => view.getInt8(3 * i + 2) * 256 + view.getUint16(3 * i, true) / 256;
    case 's32':
      return (i) => view.getInt32(4 * i, true) / 65536;
    case 'f32':
      return (i) => view.getFloat32(4 * i, true) * 32768;
    default:
      return unreachable(coding);
  }
}

function average(sample: (i: number) => number, { channels, length }: SoundFormat, path: string): Int16Array {
  const pcm = new Int16Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += sample(i * channels + c);
    if (!Number.isFinite(sum)) {
      throw new TinymlError('E_DATA', `sample ${i} is not a finite number`, {
        at: path,
        hint: 'Fetch or write the file again.',
      });
    }
    // A positive full scale rounds to 32768, and floats may be beyond 1: both end at the ends of 16 bits, as a converter would.
    pcm[i] = Math.max(-32768, Math.min(32767, Math.floor(sum / channels + 0.5)));
  }
  return pcm;
}
