/** The two clips of the benchmark, and what makes them harder. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Preprocess, RAW_VALUES } from '../../src/data/preprocess.ts';
import { type Clips, loadClips } from '../../src/data/video/clips.ts';
import { type Disturbance, UNDISTURBED } from '../../src/data/video/disturb.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { Frames } from './frames.ts';

/** Pixels 0 .. 255 become 0 .. 1. */
export const PIXELS: Preprocess = { ...RAW_VALUES, scale: 1 / 255 };

export type Size = { readonly width: number; readonly height: number };

/** Files by the names of the clips; both lie beside the repository. */
const FILES = { vtest: 'vtest.avi', bridge: 'bridge-traffic.mp4' } as const;

export type ClipName = keyof typeof FILES;
export const CLIP_NAMES = Object.keys(FILES) as readonly ClipName[];

/** @throws TinymlError E_FILE where the clip is not there */
export function clipFile(name: ClipName): string {
  const file = join(packageRoot(), '..', 'shared', 'data', 'video', FILES[name]);
  if (!existsSync(file)) {
    throw new TinymlError('E_FILE', `the clip ${name} is not there`, {
      at: file,
      hint: 'docs/pass.md says where the clips come from; --clips leaves some out',
    });
  }
  return file;
}

/** Frames of a clip as the backbone takes them: RGB 0 .. 1 [3, H, W]. @throws TinymlError as `clipFile` and `loadClips` */
export function readClip(
  name: ClipName,
  { width, height }: Size,
  maxFrames: number,
  disturb: Disturbance = UNDISTURBED,
): Promise<Clips> {
  const inputShapes = [[1, 3, height, width]];
  return loadClips(clipFile(name), { inputShapes, preprocess: PIXELS, maxFrames, disturb });
}

/** Frames `first` to `end` - 1 of a clip, RGB bytes in height, width, channel order. */
export async function readFrames(
  name: ClipName,
  size: Size,
  { first, end }: { readonly first: number; readonly end: number },
): Promise<readonly Uint8Array[]> {
  const clip = await readClip(name, size, end);
  return Array.from({ length: clip.length - first }, (_, i) => clip.image(first + i).pixels);
}

/** The first frames of a clip, NCHW 0 .. 1. @throws TinymlError E_DATA for a clip with fewer */
export async function clipFrames(
  name: ClipName,
  size: Size,
  count: number,
  disturb: Disturbance = UNDISTURBED,
): Promise<Frames> {
  const clip = await readClip(name, size, count, disturb);
  if (clip.length < count) {
    throw new TinymlError('E_DATA', `the clip ${name} has ${clip.length} frames, ${count} are asked for`);
  }
  const at = (index: number): Float32Array => {
    const frame = new Float32Array(3 * size.width * size.height);
    clip.fill(index, frame);
    return frame;
  };
  return { length: clip.length, at };
}
