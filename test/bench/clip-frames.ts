/** The bundled clip as frames. */
import { join } from 'node:path';
import type { Frames } from '../../bench/pass/frames.ts';
import { CLIP_FILE, HEIGHT, WIDTH } from '../../fixtures/clips/moving-square.ts';
import { loadClips } from '../../src/data/video/clips.ts';
import { packageRoot } from '../../src/package-root.ts';

/** RGB 0 .. 255 [1, 3, 32, 48], 16 of them. */
export async function bundledFrames(): Promise<Frames> {
  const file = join(packageRoot(), 'fixtures', 'clips', CLIP_FILE);
  const clip = await loadClips(file, { inputShapes: [[1, 3, HEIGHT, WIDTH]] });
  const at = (index: number): Float32Array => {
    const frame = new Float32Array(3 * HEIGHT * WIDTH);
    clip.fill(index, frame);
    return frame;
  };
  return { length: clip.length, at };
}
