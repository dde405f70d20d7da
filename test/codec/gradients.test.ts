/** Gradients through a codec: what of them there is, how they are rounded, and that both sides have the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitCodec } from '../../src/codec/fit.ts';
import { createGradientMessages, createPathBack, fitGradients } from '../../src/codec/gradients.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { similarMaps } from './maps.ts';

const maps = similarMaps(1, 60);
const { channels } = maps;
const codec = fitCodec(maps, {
  ...{ value: 'x', scale: 0.5, zeroPoint: -128, weights: new Float64Array(channels).fill(1) },
  ...{ lambda: 100, levels: 5 },
})!;
const random = seededRandom(3);
const noise = maps.codes.map((map) =>
  Float32Array.from(map, (_, i) => (1 + (i % channels)) * (random() - 0.5)),
);
const pathBack = createPathBack(codec);
const through = noise.map((gradient, n) => pathBack(gradient, maps.codes[n]!));

test('what is not coded has no gradient, and squares have one', () => {
  const coded = new Map(
    codec.groups.flatMap(({ channels: own, side }) => own.map((c) => [c, side] as const)),
  );
  assert.ok([...coded.values()].some((side) => side > 1) && coded.size < channels);
  through.forEach((gradient) => {
    gradient.forEach((value, i) => {
      const side = coded.get(i % channels);
      if (side === undefined) assert.equal(value, 0);
      if (side !== 2) return;
      const [y, x] = [Math.floor(i / channels / codec.width), Math.floor(i / channels) % codec.width];
      const corner = ((y - (y % 2)) * codec.width + x - (x % 2)) * channels + (i % channels);
      assert.equal(value, gradient[corner]);
    });
  });
});

test('a gradient that would lead beyond the outermost codes is left out', () => {
  const { channels: own, side, centroids } = codec.groups.find((group) => group.side === 1)!;
  const [channel] = own;
  const codes = centroids.filter((_, i) => i % own.length === 0);
  assert.equal(side, 1);
  for (const [code, passes] of [
    [Math.min(...codes) - 1, [false, true]],
    [Math.min(...codes), [true, true]],
    [Math.max(...codes), [true, true]],
    [Math.max(...codes) + 1, [true, false]],
  ] as const) {
    const map = new Int8Array(codec.height * codec.width * channels).fill(code);
    for (const [i, sign] of [1, -1].entries()) {
      const back = pathBack(new Float32Array(map.length).fill(sign), map);
      assert.equal(back[channel!] === sign, passes[i], `code ${code}, gradient ${sign}`);
    }
  }
});

test('rounding is right on the mean, and off by less than a step', () => {
  const small = through.slice(0, 4);
  const fitted = fitGradients(codec, through, 60, random);
  const rounds = 400;
  const sums = small.map((map) => new Float64Array(map.length));
  let step = 0;
  const messages = createGradientMessages(fitted, random);
  for (let round = 0; round < rounds; round++) {
    messages.read(messages.write(small)).forEach((map, n) => {
      map.forEach((value, i) => {
        sums[n]![i]! += value / rounds;
        step = Math.max(step, Math.abs(value - small[n]![i]!));
      });
    });
  }
  const most = Math.max(...small.flatMap((map) => [...map].map(Math.abs)));
  assert.ok(step > 0 && step < most, `off by ${step} of ${most}`);
  sums.forEach((map, n) => {
    map.forEach((mean, i) => {
      // Five standard errors of what is off by less than a step.
      const bound = (5 * step) / 2 / Math.sqrt(rounds);
      assert.ok(Math.abs(mean - small[n]![i]!) < bound, `${mean} for ${small[n]![i]}`);
    });
  });
});

test('fewer bytes are kept to', () => {
  const sizes = [80, 30, 15].map((bytes) => {
    const fitted = fitGradients(codec, through, bytes, random);
    const { length } = createGradientMessages(fitted, random).write(through);
    return { clip: fitted.clip, bytes: length / through.length, wanted: bytes };
  });
  for (const [i, { clip, bytes, wanted }] of sizes.entries()) {
    assert.ok(bytes <= 1.05 * wanted, JSON.stringify(sizes));
    assert.ok(i === 0 || clip >= sizes[i - 1]!.clip);
  }
  assert.ok(sizes[2]!.bytes < sizes[0]!.bytes, JSON.stringify(sizes));
});

test('gradients that are all 0 stay so, and messages of others are refused', () => {
  const fitted = fitGradients(codec, through, 60, random);
  const messages = createGradientMessages(fitted, random);
  const [nothing] = messages.read(messages.write([new Float32Array(through[0]!.length)]));
  assert.ok(nothing!.every((value) => value === 0));
  const other = createGradientMessages(fitGradients(codec, through, 20, random), random);
  assert.throws(
    () => other.read(messages.write(through)),
    (error) => error instanceof TinymlError && error.code === 'E_CODEC',
  );
});
