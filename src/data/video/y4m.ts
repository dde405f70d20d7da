import { TinymlError } from '../../diagnostics/errors.ts';
import { boundedPixels } from '../image.ts';
import { type ByteStream, byteStream } from './byte-stream.ts';
import type { Plane, YuvFrame } from './yuv.ts';

const SIGNATURE = 'YUV4MPEG2';
const LONGEST_LINE = 1024;

/** Pixels of luma for one of chroma, across and down; null where there is no chroma. */
type Sampling = readonly [across: number, down: number] | null;

/** Chroma of 8 bits per sample. Where in its pixels a chroma sample lies, which the 4:2:0 forms differ in, is ignored. */
const SAMPLINGS: ReadonlyMap<string, Sampling> = new Map([
  ['420jpeg', [2, 2]],
  ['420mpeg2', [2, 2]],
  ['420paldv', [2, 2]],
  ['420', [2, 2]],
  ['422', [2, 1]],
  ['444', [1, 1]],
  ['mono', null],
]);

type Header = {
  readonly width: number;
  readonly height: number;
  readonly sampling: Sampling;
  readonly fullRange: boolean;
};

export function looksLikeY4m(bytes: Uint8Array): boolean {
  return [...SIGNATURE].every((character, i) => bytes[i] === character.charCodeAt(0));
}

/**
 * Frames of YUV4MPEG2 (yuv4mpeg(5) of the MJPEG tools): a header line, then for each frame a line and its planes.
 * @param onDamage is told where a frame behind the first is not there as a whole; those before it count
 * @throws TinymlError E_DATA for what is no such stream, for samples of more than 8 bits, and for frames without pixels or with more
 *   than an image may have
 */
export async function* readY4m(
  pieces: AsyncIterator<Uint8Array>,
  path: string,
  onDamage: (message: string) => void,
): AsyncGenerator<YuvFrame> {
  const stream = byteStream(pieces, path);
  const first = await stream.line(LONGEST_LINE);
  if (first === null) return;
  const header = parseHeader(first, path);
  for (let index = 0; ; index++) {
    const line = await stream.line(LONGEST_LINE);
    if (line === null) return;
    if (!/^FRAME( |$)/.test(line)) {
      const fault = `frame ${index} does not begin with "FRAME"`;
      if (index === 0) throw damaged(fault, path);
      onDamage(fault);
      return;
    }
    const frame = await readFrame(stream, header);
    if (frame === null) {
      onDamage(`the video ends within frame ${index}`);
      return;
    }
    yield frame;
  }
}

async function readFrame(
  stream: ByteStream,
  { width, height, sampling, fullRange }: Header,
): Promise<YuvFrame | null> {
  const luma = await readPlane(stream, width, height);
  if (sampling === null || luma === null) return luma && { luma, chroma: null, fullRange };
  const [across, down] = [Math.ceil(width / sampling[0]), Math.ceil(height / sampling[1])];
  const blue = await readPlane(stream, across, down);
  const red = await readPlane(stream, across, down);
  return blue === null || red === null ? null : { luma, chroma: { blue, red }, fullRange };
}

async function readPlane(stream: ByteStream, width: number, height: number): Promise<Plane | null> {
  const samples = await stream.take(width * height);
  return samples.length < width * height ? null : { width, height, channels: 1, pixels: samples };
}

function parseHeader(line: string, path: string): Header {
  const [signature, ...fields] = line.split(' ');
  if (signature !== SIGNATURE) throw damaged('this is not a YUV4MPEG2 stream', path);
  const field = (letter: string): string | undefined =>
    fields.find((text) => text.startsWith(letter))?.slice(letter.length);
  const side = (letter: string): number => {
    const text = field(letter) ?? '';
    return /^\d{1,7}$/.test(text) ? Number(text) : 0;
  };
  const [width, height] = [side('W'), side('H')];
  boundedPixels(width, height, path);
  const form = field('C') ?? '420';
  const sampling = SAMPLINGS.get(form);
  if (sampling === undefined) {
    throw new TinymlError('E_DATA', `the colours "${form.slice(0, 32)}" are not read`, {
      at: path,
      hint: `Read are ${[...SAMPLINGS.keys()].join(', ')}, 8 bits each. Convert it: ffmpeg -i in.y4m -pix_fmt yuv420p out.y4m`,
    });
  }
  return { width, height, sampling, fullRange: fields.includes('XCOLORRANGE=FULL') };
}

function damaged(message: string, path: string): TinymlError {
  return new TinymlError('E_DATA', message, { at: path, hint: 'Fetch or write the file again.' });
}
