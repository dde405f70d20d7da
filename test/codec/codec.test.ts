/** Codecs that are fitted, written, read, and code maps; and what is no stream of one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitToBudget, meanMessage } from '../../src/codec/budget.ts';
import { frequenciesOf, isExact, TOTAL } from '../../src/codec/contexts.ts';
import { readCodec, writeCodec } from '../../src/codec/file.ts';
import { fitCodec } from '../../src/codec/fit.ts';
import { createMessages } from '../../src/codec/message.ts';
import { createDecoder, createEncoder } from '../../src/codec/run.ts';
import { meansOfSquares, squareOfPositions } from '../../src/codec/squares.ts';
import { mostBytes } from '../../src/codec/tables.ts';
import type { StripeCodec } from '../../src/codec/types.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { damageOf, mutate } from './damage.ts';
import { similarMaps } from './maps.ts';

const maps = similarMaps(1, 60);
const others = similarMaps(2, 40);
const options = { value: 'x', scale: 0.5, zeroPoint: -128, weights: new Float64Array(10).fill(1) };

function fitted(lambda: number): StripeCodec {
  const codec = fitCodec(maps, { ...options, lambda, levels: 5 });
  assert.ok(codec !== null);
  return codec;
}

/** What a codec makes of a map, by its description alone. */
function described(codec: StripeCodec, map: Int8Array): Int8Array {
  const coded = Int8Array.from(map, (_, i) => codec.fill[i % codec.channels]!);
  for (const { channels, side, thresholds, cells, centroids } of codec.groups) {
    const means = meansOfSquares({ ...codec, codes: [map] }, side).codes[0]!;
    squareOfPositions(codec, side).forEach((square, position) => {
      let [cell, factor] = [0, 1];
      channels.forEach((channel, k) => {
        const code = means[square * codec.channels + channel]!;
        cell += factor * thresholds[k]!.filter((threshold) => code >= threshold).length;
        factor *= thresholds[k]!.length + 1;
      });
      channels.forEach((channel, k) => {
        coded[position * codec.channels + channel] = centroids[cells[cell]! * channels.length + k]!;
      });
    });
  }
  return coded;
}

for (const lambda of [1, 30, 300]) {
  test(`lambda ${lambda}: what is decoded is what the description says, of maps that nobody saw before, too`, () => {
    const codec = fitted(lambda);
    const [encode, decode] = [createEncoder(codec), createDecoder(codec)];
    const noise = similarMaps(3, 1).codes.map((map) => map.map((_, i) => ((i * 2654435761) >>> 24) - 128));
    for (const map of [...maps.codes.slice(0, 5), ...others.codes, ...noise]) {
      const stream = encode(map);
      assert.ok(stream.isWhole && stream.bytes.length <= mostBytes(codec));
      assert.deepEqual(decode(stream), described(codec, map));
    }
  });
}

test('similar channels share stripes, and one that is constant has none', () => {
  const { groups } = fitted(30);
  const coded = groups.flatMap(({ channels }) => channels);
  assert.ok(groups.length < coded.length / 2, JSON.stringify(groups.map(({ channels }) => channels)));
  assert.ok(!coded.includes(9));
  assert.equal(new Set(coded).size, coded.length);
});

test('more lambda gives fewer bytes and more error, and far too much of it no codec', () => {
  const figures = [1, 30, 300].map((lambda) => {
    const codec = fitted(lambda);
    const error = others.codes.reduce((sum, map) => {
      const coded = described(codec, map);
      return sum + map.reduce((s, code, i) => s + (code - coded[i]!) ** 2, 0);
    }, 0);
    return { bytes: meanMessage(codec, others), error };
  });
  for (let i = 1; i < figures.length; i++) {
    assert.ok(figures[i]!.bytes < figures[i - 1]!.bytes && figures[i]!.error > figures[i - 1]!.error);
  }
  assert.equal(fitCodec(maps, { ...options, lambda: 1e9, levels: 5 }), null);
});

test('a budget is met, nearly all of it spent', () => {
  for (const budget of [18, 30]) {
    const { codec, meanBytes } = fitToBudget(maps, options, budget)!;
    assert.ok(meanBytes <= budget && meanBytes > 0.85 * budget, `${meanBytes} of ${budget}`);
    assert.equal(meanMessage(codec, maps), meanBytes);
  }
  assert.equal(fitToBudget(maps, options, 2), null);
});

test('a stream that is cut off gives the first groups as the whole one does, and the rest as fill', () => {
  const codec = fitted(5);
  assert.ok(codec.groups.length > 1);
  const decode = createDecoder(codec);
  const map = others.codes[0]!;
  const whole = createEncoder(codec)(map);
  const coded = decode(whole);
  let before = 0;
  for (let budget = 4; budget < whole.bytes.length; budget++) {
    const cut = createEncoder(codec, budget)(map);
    assert.deepEqual(cut, { bytes: whole.bytes.slice(0, budget), isWhole: false });
    const part = decode(cut);
    const same = part.filter((code, i) => code === coded[i]).length;
    assert.ok(part.every((code, i) => code === coded[i] || code === codec.fill[i % codec.channels]));
    assert.ok(same >= before, `${same} codes of ${budget} bytes, ${before} of fewer`);
    before = same;
  }
});

test('frequencies are what the encoder can divide by', () => {
  const random = seededRandom(4);
  for (let n = 0; n < 300; n++) {
    const symbols = 2 + Math.floor(random() * (n % 2 === 0 ? 254 : 3));
    const frequencies = frequenciesOf(Float64Array.from({ length: symbols }, () => 1000 * random() ** 9));
    assert.equal(
      frequencies.reduce((a, b) => a + b),
      TOTAL,
    );
    assert.ok(frequencies.every((frequency) => frequency >= 2 && isExact(frequency)));
  }
  for (let frequency = 2; frequency < TOTAL; frequency++) {
    if (!isExact(frequency)) continue;
    const reciprocal = BigInt(Math.ceil(2 ** 32 / frequency));
    const most = frequency * 2 ** 11;
    for (const state of [1, frequency - 1, frequency, most - frequency, most - frequency - 1, most - 1]) {
      const quotient = Number((BigInt(state) * reciprocal) >> 32n);
      assert.equal(quotient, Math.floor(state / frequency), `${state} / ${frequency}`);
    }
  }
});

test('a codec comes back from its file, which is the same every time', () => {
  const codec = fitted(30);
  const file = writeCodec(codec);
  assert.deepEqual(readCodec(file, 'codec.tsgq'), codec);
  assert.deepEqual(writeCodec(fitted(30)), file);
});

function refuses(read: () => unknown): void {
  assert.throws(read, (error) => error instanceof TinymlError && error.code === 'E_CODEC');
}

test('messages give back their streams; damaged ones, and those of another codec, are refused', () => {
  const codec = fitted(30);
  const encode = createEncoder(codec);
  const { write, read } = createMessages(codec);
  const streams = others.codes.slice(0, 3).map(encode);
  const message = write(streams);
  assert.deepEqual(read(message), { streams, scale: 1 });
  assert.deepEqual(read(write(streams, 0.1)), { streams, scale: Math.fround(0.1) });
  assert.equal(
    write([streams[0]!]).length,
    streams[0]!.bytes.length + (streams[0]!.bytes.length < 64 ? 7 : 8),
  );
  refuses(() => createMessages(fitted(31)).read(message));
  for (const length of [0, 1, 4, 5, 6]) refuses(() => read(new Uint8Array(length)));
});

test('damaged codec files are refused', () => {
  const file = writeCodec(fitted(30));
  const random = seededRandom(6);
  for (let n = 0; n < 1000; n++) {
    const damaged = mutate(file, random);
    if (Buffer.compare(damaged, file) !== 0) refuses(() => readCodec(damaged, 'f'));
  }
});

test('mutations of files and messages, most with right sums, are taken or refused with one error', () => {
  const codec = fitted(30);
  const { once } = damageOf(codec, others.codes.slice(0, 3).map(createEncoder(codec)));
  const random = seededRandom(8);
  let taken = 0;
  for (let n = 0; n < 4000; n++) taken += Number(once(random));
  assert.ok(taken > 100 && taken < 3000, `${taken} were taken`);
});

test('a file of a few bytes that says of maps without bounds is refused', () => {
  const codec = fitted(30);
  const large = { ...codec, height: 512, width: 512 };
  const [group] = codec.groups;
  assert.equal(readCodec(writeCodec({ ...large, height: 128 }), 'f').width, 512);
  refuses(() => readCodec(writeCodec({ ...large, channels: 4096, fill: new Int8Array(4096) }), 'f'));
  refuses(() => readCodec(writeCodec({ ...large, groups: Array.from({ length: 100 }, () => group!) }), 'f'));
});

test('any bytes with a right sum are streams that give a map', () => {
  const codec = fitted(30);
  const decode = createDecoder(codec);
  const random = seededRandom(7);
  const size = codec.height * codec.width * codec.channels;
  for (let n = 0; n < 2000; n++) {
    const length = Math.floor(random() * (mostBytes(codec) + 1));
    const bytes = Uint8Array.from({ length }, () => Math.floor(random() * 256));
    assert.equal(decode({ bytes, isWhole: n % 2 === 0 }).length, size);
  }
});
