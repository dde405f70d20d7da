import { TinymlError } from '../diagnostics/errors.ts';

/** One recording; several channels are averaged. */
export type Sound = {
  /** In Hz. */
  readonly sampleRate: number;
  /** Values -1 .. 1: the 16-bit integer / 32768. */
  readonly samples: Float32Array;
};

const PCM = 1;
const EXTENSIBLE = 0xfffe;

/**
 * Decodes a RIFF WAVE file of 16-bit PCM (Microsoft "Multimedia Programming Interface and Data Specifications",
 * 1991): chunks of id, little-endian size, content, padded to even sizes.
 * @throws TinymlError E_DATA for anything else and for damage.
 */
export function decodeWav(bytes: Uint8Array, path: string): Sound {
  const fault = (message: string, hint = 'Fetch or write the file again.'): TinymlError =>
    new TinymlError('E_DATA', message, { at: path, hint });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tag = (at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString('latin1');
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw fault('this is not a WAV file');

  let format: { readonly channels: number; readonly sampleRate: number } | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const id = tag(at);
    const size = view.getUint32(at + 4, true);
    const start = at + 8;
    if (start + size > bytes.length) {
      throw fault(
        `the file is truncated: chunk "${id}" has ${size} bytes, ${bytes.length - start} are there`,
      );
    }
    if (id === 'fmt ') {
      if (size < 16) throw fault('the format chunk is damaged');
      const coding = view.getUint16(start, true);
      const bits = view.getUint16(start + 14, true);
      const channels = view.getUint16(start + 2, true);
      const isPcm =
        coding === PCM || (coding === EXTENSIBLE && size >= 26 && view.getUint16(start + 24, true) === PCM);
      if (!isPcm || bits !== 16 || channels === 0) {
        throw fault(
          `only 16-bit PCM is read, this is ${bits}-bit, format ${coding}`,
          'Convert it, for example with: ffmpeg -i in.wav -c:a pcm_s16le out.wav',
        );
      }
      format = { channels, sampleRate: view.getUint32(start + 4, true) };
    } else if (id === 'data') {
      if (format === null) throw fault('the data come before their format');
      return { sampleRate: format.sampleRate, samples: average(view, start, size, format.channels) };
    }
    at = start + size + (size & 1);
  }
  throw fault('there are no sound data in the file');
}

function average(view: DataView, start: number, bytes: number, channels: number): Float32Array {
  const samples = new Float32Array(Math.floor(bytes / 2 / channels));
  for (let i = 0; i < samples.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += view.getInt16(start + 2 * (i * channels + c), true);
    samples[i] = sum / channels / 32768;
  }
  return samples;
}
