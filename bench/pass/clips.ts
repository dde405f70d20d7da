/** The two clips of the benchmark, decoded by the system's ffmpeg. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { packageRoot } from '../../src/package-root.ts';

export type Size = { readonly width: number; readonly height: number };

/** Files by the names of the clips; both lie beside the repository. */
const CLIPS = { vtest: 'vtest.avi', bridge: 'bridge-traffic.mp4' } as const;

export type ClipName = keyof typeof CLIPS;
export const CLIP_NAMES = Object.keys(CLIPS) as readonly ClipName[];

/** @throws TinymlError E_FILE where the clip is not there */
export function clipFile(name: ClipName): string {
  const file = join(packageRoot(), '..', 'shared', 'data', 'video', CLIPS[name]);
  if (!existsSync(file)) {
    throw new TinymlError('E_FILE', `the clip ${name} is not there`, {
      at: file,
      hint: 'docs/pass.md says where the clips come from; --clips leaves some out',
    });
  }
  return file;
}

/**
 * Frames `first` .. of a clip, RGB bytes in height, width, channel order, scaled by area averages.
 * @throws TinymlError E_FILE where the clip is not there, E_DATA where ffmpeg does not read it
 */
export function readFrames(
  name: ClipName,
  { width, height }: Size,
  range: { readonly first: number; readonly count: number },
): readonly Uint8Array[] {
  const file = clipFile(name);
  const bytes = width * height * 3;
  const chosen = `select=gte(n\\,${range.first}),scale=${width}:${height}:flags=area`;
  const args = ['-v', 'error', '-i', file, '-vf', chosen, '-vsync', '0', '-frames:v', String(range.count)];
  const { stdout, stderr, status } = spawnSync(
    'ffmpeg',
    [...args, '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-'],
    { maxBuffer: bytes * (range.count + 1) },
  );
  if (status !== 0) throw new TinymlError('E_DATA', `ffmpeg does not read the clip: ${stderr}`, { at: file });
  const count = Math.floor(stdout.length / bytes);
  return Array.from({ length: count }, (_, i) => stdout.subarray(i * bytes, (i + 1) * bytes));
}
