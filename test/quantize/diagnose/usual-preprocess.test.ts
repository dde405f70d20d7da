/** What is tried on pictures: from the values of one description to those of another, as reading the picture again would give them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitImage, pixelTables } from '../../../src/data/fit-image.ts';
import { type Preprocess, RAW_VALUES } from '../../../src/data/preprocess.ts';
import { scaleSamples } from '../../../src/data/scale-samples.ts';
import type { Image } from '../../../src/data/source.ts';
import { usualPreprocess } from '../../../src/quantize/diagnose/usual-preprocess.ts';
import { stream } from '../networks.ts';

const RIGHT: Preprocess = {
  ...RAW_VALUES,
  channels: 'rgb',
  scale: 1 / 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};
const OWN = { mean: [0.41, 0.38, 0.3], std: [0.27, 0.26, 0.29] };
const BYTES = {
  mean: RIGHT.mean.map((one) => 255 * one),
  std: RIGHT.std.map((one) => 255 * one),
};

const image: Image = {
  width: 3,
  height: 2,
  channels: 3,
  pixels: Uint8Array.from({ length: 18 }, (_, i) => 14 * i),
};
const prepared = (shape: readonly number[], preprocess: Preprocess): Float32Array =>
  fitImage(image, shape, preprocess, pixelTables(preprocess), 'image');

for (const layout of ['nchw', 'nhwc'] as const) {
  const shape = layout === 'nchw' ? [1, 3, 2, 3] : [1, 2, 3, 3];
  const geometry = { layout, channels: 3, height: 2, width: 3 };
  const cases: readonly (readonly [slip: string, given: Preprocess, right: Preprocess])[] = [
    ['mean and std of 0 .. 255 beside a scale', { ...RIGHT, ...BYTES }, { ...RIGHT, ...BYTES, scale: 1 }],
    ['a scale that is forgotten', { ...RIGHT, scale: 1 }, RIGHT],
    ['a scale that is forgotten, own mean', { ...RIGHT, ...OWN, scale: 1 }, { ...RIGHT, ...OWN }],
    ['channels in the other order', { ...RIGHT, channels: 'bgr' }, RIGHT],
    ['nothing said', RAW_VALUES, RIGHT],
  ];
  for (const [slip, given, right] of cases) {
    test(`${slip}, ${layout}: what was right in training is among what is tried`, async () => {
      const wanted = prepared(shape, right);
      const sample = { inputs: [prepared(shape, given)], label: null };
      const tried: number[] = [];
      for (const { preprocess, map } of usualPreprocess(given, geometry)) {
        const again = prepared(shape, preprocess);
        for await (const { inputs } of scaleSamples(stream([sample]), map)) {
          const worst = Math.max(...inputs[0]!.map((value, i) => Math.abs(value - again[i]!)));
          assert.ok(
            worst < 0.02 * Math.max(...again.map(Math.abs)),
            `off by ${worst}: ${JSON.stringify(preprocess)}`,
          );
          tried.push(Math.max(...inputs[0]!.map((value, i) => Math.abs(value - wanted[i]!))));
        }
      }
      assert.ok(Math.min(...tried) < 0.02, `nearest is ${Math.min(...tried)} away`);
    });
  }
}
