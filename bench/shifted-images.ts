/** Images of Fashion-MNIST as the bundled classifier has not seen them: turned, negative, or edges alone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDebianImages } from '../fixtures/fashion-mnist/images.ts';

const SIDE = 28;
const PIXELS = SIDE * SIDE;

/** What becomes of the pixel of an image at (y, x). */
const TASKS: Readonly<Record<string, (image: Uint8Array, y: number, x: number) => number>> = {
  negative: (image, y, x) => 255 - image[y * SIDE + x]!,
  turned: (image, y, x) => image[(SIDE - 1 - x) * SIDE + y]!,
  edges: (image, y, x) => Math.abs(image[y * SIDE + x]! - (x === 0 ? 0 : image[y * SIDE + x - 1]!)),
};

/** Samples: trained on, measured on by the search, and measured on at the end. */
export const PARTS = [
  ['train', 'train', 0, 1500],
  ['held', 'train', 1500, 1000],
  ['test', 't10k', 0, 2000],
] as const;

/** Writes all parts of a task into a folder. @returns the path of the images of a part */
export function writeTask(task: string, to: string): (part: string) => string {
  mkdirSync(to, { recursive: true });
  for (const [name, part, from, count] of PARTS) writeImages(to, task, name, part, from, count);
  return (name) => join(to, `${task}-${name}-images-idx3-ubyte`);
}

function writeImages(
  to: string,
  task: string,
  name: string,
  part: 'train' | 't10k',
  from: number,
  count: number,
): void {
  const { pixels, labels } = readDebianImages(part);
  const change = TASKS[task]!;
  const images = Buffer.alloc(count * PIXELS);
  for (let i = 0; i < count; i++) {
    const image = pixels.subarray((from + i) * PIXELS, (from + i + 1) * PIXELS);
    for (let k = 0; k < PIXELS; k++) images[i * PIXELS + k] = change(image, Math.floor(k / SIDE), k % SIDE);
  }
  const header = (...numbers: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(4 * numbers.length);
    numbers.forEach((value, i) => {
      bytes.writeInt32BE(value, 4 * i);
    });
    return bytes;
  };
  const file = (kind: string): string => join(to, `${task}-${name}-${kind}-ubyte`);
  writeFileSync(file('images-idx3'), Buffer.concat([header(0x803, count, SIDE, SIDE), images]));
  writeFileSync(
    file('labels-idx1'),
    Buffer.concat([header(0x801, count), labels.subarray(from, from + count)]),
  );
}
