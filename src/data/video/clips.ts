/** Clips as what models take: frame by frame as they are read, or all of them in memory. */
import { basename } from 'node:path';
import { TinymlError } from '../../diagnostics/errors.ts';
import { type Warning, warning } from '../../diagnostics/warnings.ts';
import { createFit, type Fit } from '../fit.ts';
import { geometryOf, resizedFor } from '../fit-image.ts';
import { withChannels } from '../image.ts';
import { type Preprocess, RAW_VALUES } from '../preprocess.ts';
import type { Content, Image } from '../source.ts';
import type { Dataset, Sample } from '../types.ts';
import { type Clip, clipsOf, type Size } from './clip.ts';
import { type Disturbance, disturb, UNDISTURBED } from './disturb.ts';

export type ClipOptions = {
  /** Static shapes of the model's inputs, with the batch axis (1): one that takes images. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly preprocess?: Preprocess;
  /** Only the first so many frames of each clip. */
  readonly maxFrames?: number;
  readonly disturb?: Disturbance;
  /** Of what is random in disturbances. */
  readonly seed?: number;
};

/** All frames of some clips, 8 bits per value at the model's size. */
export type Clips = {
  readonly name: string;
  /** Frames first .. first + frames - 1 of the whole are those of a clip. */
  readonly clips: readonly { readonly path: string; readonly first: number; readonly frames: number }[];
  /** Frames of all clips. */
  readonly length: number;
  readonly files: readonly string[];
  readonly warnings: readonly Warning[];
  readonly image: (index: number) => Image;
  /** How an image becomes model input: `preprocess` without what has been done. */
  readonly preprocess: Preprocess;
  /** Frame `index` as the model takes it, row-major in the shape of its input. */
  readonly fill: (index: number, into: Float32Array) => void;
};

/** The most bytes of frames that are held in memory. */
const MAX_BYTES = 2 ** 30;

/**
 * Clips as sequences, one for each; frames are decoded as they are asked for, so memory does not grow with their number. The
 * first frame of the first clip is read at once.
 * @param onWarning is told once of each clip of which only a part can be read
 * @throws TinymlError E_FILE, E_DATA, E_PREPROCESS, E_TOOLCHAIN
 */
export async function openClips(
  path: string,
  options: ClipOptions,
  onWarning: (warning: Warning) => void,
): Promise<Dataset> {
  const clips = clipsOf(path);
  const framing = framingOf(options);
  const warned = new Set<string>();
  const frames = (index: number): AsyncGenerator<Image> =>
    framesOf(clips[index]!, index, framing, options, (fault) => {
      if (!warned.has(fault.at[0]!)) onWarning(fault);
      warned.add(fault.at[0]!);
    });
  for await (const image of frames(0)) {
    framing.fit({ content: { kind: 'image', image }, label: null, at: clips[0]!.path });
    break;
  }
  return {
    name: basename(path),
    length: clips.length,
    sequences: true,
    content: 'image',
    classes: null,
    files: clips.flatMap(({ files }) => files),
    async *samples(indices = clips.map((_, i) => i)) {
      for (const i of indices) yield* samplesOf(frames(i), framing.fit, clips[i]!.path);
    },
  };
}

/**
 * Clips in memory, for work that comes back to frames in any order.
 * @param limit frames of all clips together
 * @throws TinymlError as `openClips`; E_DATA for more than 1 GiB
 */
export async function loadClips(
  path: string,
  options: ClipOptions,
  limit = Number.POSITIVE_INFINITY,
): Promise<Clips> {
  const found = clipsOf(path);
  const framing = framingOf(options);
  const images: Image[] = [];
  const warnings: Warning[] = [];
  const clips: Clips['clips'][number][] = [];
  let bytes = 0;
  for (const [i, clip] of found.entries()) {
    const first = images.length;
    if (first >= limit) break;
    const clipFrames = framesOf(clip, i, framing, options, (fault) => warnings.push(fault));
    for await (const image of clipFrames) {
      bytes += image.pixels.length;
      if (bytes > MAX_BYTES) throw tooLarge(path);
      images.push(image);
      if (images.length >= limit) break;
    }
    clips.push({ path: clip.path, first, frames: images.length - first });
  }
  const at = (index: number): string => {
    const clip = clips.findLast(({ first }) => first <= index)!;
    return `${clip.path}, frame ${index - clip.first}`;
  };
  return {
    name: basename(path),
    clips,
    length: images.length,
    files: found.flatMap(({ files }) => files),
    warnings,
    image: (index) => images[index]!,
    preprocess: framing.preprocess,
    fill: (index, into) => {
      framing.fit({ content: { kind: 'image', image: images[index]! }, label: null, at: at(index) }, into);
    },
  };
}

/** How frames are made for a model: the size they are read at, what becomes of them, and their values. */
type Framing = {
  readonly size: Size | null;
  readonly finish: (image: Image) => Image;
  readonly preprocess: Preprocess;
  readonly fit: Fit;
};

/**
 * Without "resize", frames take the model's size by area; without "channels", they are grey or in colour as its input is: unlike
 * images, clips are seldom made for a model.
 */
function framingOf({ inputShapes, preprocess = RAW_VALUES }: ClipOptions): Framing {
  const { resize, layout } = preprocess;
  const target = inputShapes.length === 1 ? geometryOf(inputShapes[0]!, layout) : null;
  const channels = preprocess.channels ?? (target?.channels === 1 ? 'gray' : 'rgb');
  const left = { ...preprocess, resize: null, channels: null };
  const sized = (image: Image): Image =>
    resize === null ? image : resizedFor(target, image, resize, 'resize.fit');
  return {
    size: resize === null ? target : null,
    finish: (image) => withChannels(sized(image), channels),
    preprocess: left,
    fit: createFit(inputShapes, left),
  };
}

async function* framesOf(
  clip: Clip,
  index: number,
  { size, finish }: Framing,
  { maxFrames = Number.POSITIVE_INFINITY, disturb: by = UNDISTURBED, seed = 1 }: ClipOptions,
  onWarning: (warning: Warning) => void,
): AsyncGenerator<Image> {
  let count = 0;
  let fault: string | null = null;
  const note = (message: string): void => {
    fault ??= message;
  };
  for await (const image of clip.frames(size, note)) {
    yield disturb(finish(image), by, seed, index, count);
    if (++count >= maxFrames) return;
  }
  if (count === 0) {
    throw new TinymlError('E_DATA', 'the clip has no whole frame', {
      at: clip.path,
      hint: fault ?? 'Fetch or write it again.',
    });
  }
  if (fault !== null) {
    onWarning(
      warning(
        'W_VIDEO',
        `the clip is damaged or ends too early, ${count} ${count === 1 ? 'frame' : 'frames'} can be used: ${fault}`,
        {
          at: clip.path,
          hint: 'Fetch or write it again for the others.',
        },
      ),
    );
  }
}

/** One frame is read ahead, to know the last. */
async function* samplesOf(images: AsyncGenerator<Image>, fit: Fit, path: string): AsyncGenerator<Sample> {
  try {
    let next = await images.next();
    for (let index = 0; next.done !== true; index++) {
      const image = next.value;
      next = await images.next();
      const content: Content = { kind: 'image', image };
      yield {
        inputs: fit({ content, label: null, at: `${path}, frame ${index}` }),
        content,
        label: null,
        frame: { index, last: next.done === true, judged: true },
      };
    }
  } finally {
    await images.return(undefined);
  }
}

function tooLarge(path: string): TinymlError {
  return new TinymlError('E_DATA', 'the frames of the clips take more than 1 GiB of memory', {
    at: path,
    hint: 'Use the first frames of each (--max-frames), or fewer clips.',
  });
}
