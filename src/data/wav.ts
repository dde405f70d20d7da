import { TinymlError } from '../diagnostics/errors.ts';
import { type ByteReader, type ByteSource, memorySource, withReader } from './byte-source.ts';

/** What the header of a recording says. */
type SoundFormat = {
  /** In Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples of each channel. */
  readonly length: number;
};

/** One recording; several channels are averaged, and rounded (halves up). */
type Sound = {
  readonly format: SoundFormat;
  readonly pcm: Int16Array;
};

const PCM = 1;
const EXTENSIBLE = 0xfffe;

/** @throws TinymlError E_DATA for what is not a WAV file of 16-bit PCM, and for damage. */
export function decodeWav(bytes: Uint8Array, path: string): Sound {
  return withReader(memorySource(path, bytes), (reader) => {
    const { start, ...format } = readHeader(reader, bytes.length, path);
    const view = new DataView(bytes.buffer, bytes.byteOffset + start);
    return { format, pcm: average(view, format) };
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
 * 1991): chunks of id, little-endian size, content, padded to even sizes.
 */
function readHeader(
  reader: ByteReader,
  bytes: number,
  path: string,
): SoundFormat & { readonly start: number } {
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
    throw fault('this is not a WAV file');
  }
  let format: Pick<SoundFormat, 'channels' | 'sampleRate'> | null = null;
  for (let at = 12; at + 8 <= bytes; ) {
    const chunk = viewOf(at, 8);
    const [id, size, start] = [tag(chunk, 0), chunk.getUint32(4, true), at + 8];
    if (start + size > bytes) {
      throw fault(`the file is truncated: chunk "${id}" has ${size} bytes, ${bytes - start} are there`);
    }
    if (id === 'fmt ') {
      if (size < 16) throw fault('the format chunk is damaged');
      const view = viewOf(start, Math.min(size, 26));
      const coding = view.getUint16(0, true);
      const bits = view.getUint16(14, true);
      const channels = view.getUint16(2, true);
      const isPcm =
        coding === PCM || (coding === EXTENSIBLE && size >= 26 && view.getUint16(24, true) === PCM);
      if (!isPcm || bits !== 16 || channels === 0) {
        throw fault(
          `only 16-bit PCM is read, this is ${bits}-bit, format ${coding}`,
          'Convert it, for example with: ffmpeg -i in.wav -c:a pcm_s16le out.wav',
        );
      }
      const sampleRate = view.getUint32(4, true);
      if (sampleRate === 0) throw fault('the format chunk says a rate of 0 Hz');
      format = { channels, sampleRate };
    } else if (id === 'data') {
      if (format === null) throw fault('the data come before their format');
      return { ...format, length: Math.floor(size / 2 / format.channels), start };
    }
    at = start + size + (size & 1);
  }
  throw fault('there are no sound data in the file');
}

function average(view: DataView, { channels, length }: SoundFormat): Int16Array {
  const pcm = new Int16Array(length);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += view.getInt16(2 * (i * channels + c), true);
    pcm[i] = Math.floor(sum / channels + 0.5);
  }
  return pcm;
}
