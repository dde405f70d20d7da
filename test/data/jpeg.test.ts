/** JPEG: the bytes that Pillow gives, whatever the coding; and everything that can be wrong with a file. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { before, test } from 'node:test';
import { type JpegDecoder, loadJpegDecoder } from '../../src/data/jpeg.ts';
import { orientationWarnings } from '../../src/data/jpeg-orientation.ts';
import { openDataset } from '../../src/data/open.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import { openClips } from '../../src/data/video/clips.ts';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { collect, failure, fileWriter, pngFile, readAll } from './files.ts';

const write = fileWriter();
const fixture = (name: string): Buffer => readFileSync(join(packageRoot(), 'test', 'data', 'jpeg', name));

let decode: JpegDecoder;
before(async () => {
  decode = await loadJpegDecoder();
});

/** Written and read by Pillow 13.0 (libjpeg-turbo 3.2): SHA-256 of the pixels, and the first of them. */
const FILES = [
  ['colour-420.jpg', 3, '829e97b090f6673d', [33, 13, 2, 35, 22, 13]],
  ['colour-422.jpg', 3, '61e5a05da586c41b', [14, 20, 18, 21, 26, 29]],
  ['colour-444.jpg', 3, '5121196e6c5dcb09', [4, 23, 0, 20, 32, 54]],
  ['grey.jpg', 1, '381e461d0cd31e90', [23, 25, 29, 58, 57, 65]],
  ['orientation-6.jpg', 3, '829e97b090f6673d', [33, 13, 2, 35, 22, 13]],
  ['progressive-420.jpg', 3, '829e97b090f6673d', [33, 13, 2, 35, 22, 13]],
  ['restarts-420.jpg', 3, '9b097b804a8d2f98', [40, 14, 39, 39, 20, 42]],
] as const;

test('pixels are those of Pillow, bit for bit; an EXIF orientation is not applied', () => {
  for (const [name, channels, sha256, first] of FILES) {
    const image = decode(fixture(name), name);
    assert.deepEqual([image.width, image.height, image.channels], [23, 17, channels], name);
    assert.deepEqual([...image.pixels.subarray(0, 6)], first, name);
    assert.equal(createHash('sha256').update(image.pixels).digest('hex').slice(0, 16), sha256, name);
  }
});

test('a folder mixes JPEG and PNG; the first bytes decide, not the name', async () => {
  const { pixels } = decode(fixture('colour-420.jpg'), '');
  const folder = dirname(dirname(write('mixed/a/1.jpg', fixture('colour-420.jpg'))));
  write('mixed/a/2.png', pngFile(23, 17, 3, pixels));
  write('mixed/b/3.JPEG', fixture('grey.jpg'));
  write('mixed/b/4.jpg', pngFile(23, 17, 3, pixels));
  write('mixed/b/5.png', fixture('colour-420.jpg'));
  const options = { inputShapes: [[1, 3, 17, 23]], preprocess: { ...RAW_VALUES, channels: 'rgb' } } as const;
  const samples = await readAll(folder, options);
  const [jpeg, png, grey, misnamed, disguised] = samples.map(({ inputs }) => inputs[0]!);
  assert.deepEqual(
    samples.map(({ label }) => label),
    [0, 0, 1, 1, 1],
  );
  for (const same of [png, misnamed, disguised]) assert.deepEqual(same, jpeg);
  assert.deepEqual([grey![0], grey![391], grey![782]], [23, 23, 23]);
  assert.deepEqual(await readAll(folder, options), samples, 'the same again');
});

test('JPEG images in the order of their names are a clip', async () => {
  const { pixels } = decode(fixture('colour-420.jpg'), '');
  const folder = dirname(write('clip/1.jpg', fixture('colour-420.jpg')));
  write('clip/2.png', pngFile(23, 17, 3, pixels));
  const clip = await openClips(folder, { inputShapes: [[1, 3, 17, 23]] }, (one) => assert.fail(one.message));
  const [first, second] = await collect(clip.samples());
  assert.deepEqual(first!.inputs, second!.inputs);
});

test('a JPEG image among others that are named so is asked to be named so', async () => {
  const folder = dirname(write('disguised/x.png', fixture('grey.jpg')));
  const { message, hint } = await failure('E_DATA', () =>
    openDataset(folder, { inputShapes: [[1, 1, 17, 23]] }),
  );
  assert.match(message, /JPEG/);
  assert.match(hint!, /\.jpg/);
});

test('what is not read is named: four channels, codings, sizes', async () => {
  const frame = (change: (bytes: Buffer, at: number) => void): Buffer => {
    const bytes = Buffer.from(fixture('colour-420.jpg'));
    change(bytes, bytes.indexOf(Buffer.from([0xff, 0xc0, 0])));
    return bytes;
  };
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [fixture('cmyk.jpg'), /4 channels \(CMYK\)/],
    [frame((bytes, at) => bytes.writeUInt8(0xc9, at + 1)), /arithmetically coded/],
    [frame((bytes, at) => bytes.writeUInt8(0xc3, at + 1)), /lossless/],
    [frame((bytes, at) => bytes.writeUInt8(12, at + 4)), /12-bit/],
    [frame((bytes, at) => bytes.writeUInt32BE(0xffffffff, at + 5)), /65535x65535 pixels/],
    [frame((bytes, at) => bytes.writeUInt16BE(0, at + 5)), /23x0 pixels/],
    [Buffer.from([0xff, 0xd8, 0xff, 0xd9]), /no pixels/],
  ];
  for (const [bytes, message] of cases) {
    assert.match((await failure('E_DATA', () => decode(bytes, 'a.jpg'))).message, message);
  }
});

test('scans without end are refused before they are decoded', async () => {
  const bytes = fixture('progressive-420.jpg');
  const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
  const next = bytes.indexOf(Buffer.from([0xff, 0xc4]), scan);
  const many = Buffer.concat([
    bytes.subarray(0, scan),
    ...Array.from({ length: 1001 }, () => bytes.subarray(scan, next)),
    bytes.subarray(next),
  ]);
  assert.match((await failure('E_DATA', () => decode(many, 'a.jpg'))).message, /more than 1000 scans/);
});

test('a truncated file is E_DATA at every length, and the decoder goes on', async () => {
  for (const name of ['colour-420.jpg', 'progressive-420.jpg']) {
    const bytes = fixture(name);
    for (let length = 2; length < bytes.length; length += 7) {
      const error = await failure('E_DATA', () => decode(bytes.subarray(0, length), 'cut.jpg'));
      assert.deepEqual(error.at, ['cut.jpg']);
    }
    assert.equal(decode(bytes, name).width, 23);
  }
});

test('a damaged file gives an image of its size or E_DATA, never anything else', () => {
  const random = seededRandom(5);
  let [taken, refused] = [0, 0];
  for (let i = 0; i < 400; i++) {
    const bytes = Buffer.from(fixture(i % 2 === 0 ? 'colour-422.jpg' : 'progressive-420.jpg'));
    for (let k = 0; k < 1 + (i % 3); k++) bytes[Math.floor(random() * bytes.length)] = 256 * random();
    try {
      const { width, height, channels, pixels } = decode(bytes, 'damaged.jpg');
      assert.equal(pixels.length, width * height * channels);
      taken++;
    } catch (error) {
      assert.ok(error instanceof TinymlError && error.code === 'E_DATA', String(error));
      refused++;
    }
  }
  assert.ok(taken > 10 && refused > 10, `${taken} were taken, ${refused} refused`);
  assert.equal(decode(fixture('grey.jpg'), 'grey.jpg').pixels[0], 23, 'the decoder still works');
});

test('what belongs to damage is told once, and nothing is written to the terminal', async () => {
  const folder = dirname(write('half/a.jpg', fixture('colour-420.jpg').subarray(0, 600)));
  const error = await failure('E_DATA', async () => {
    const dataset = await openDataset(folder, { inputShapes: [[1, 3, 17, 23]] });
    await collect(dataset.samples());
  });
  assert.match(error.message, /truncated/);
});

test('one warning counts the images of a data set that are stored turned', async () => {
  const folder = dirname(dirname(write('turned/a/1.jpg', fixture('orientation-6.jpg'))));
  write('turned/a/2.jpg', fixture('colour-420.jpg'));
  write('turned/b/3.jpg', fixture('orientation-6.jpg'));
  write('turned/b/4.png', pngFile(23, 17, 3, new Uint8Array(23 * 17 * 3)));
  const options = { inputShapes: [[1, 3, 17, 23]] };
  const { warnings } = await openDataset(folder, options);
  const [warning, ...more] = warnings!.filter(({ code }) => code === 'W_ORIENTATION');
  assert.equal(more.length, 0);
  assert.match(warning!.message, /^2 of 3 JPEG images/);
  assert.match(warning!.at.join(), /1\.jpg/);
  const { warnings: ofFirst } = await openDataset(join(folder, 'a'), { ...options, limit: 1 });
  assert.match(ofFirst!.find(({ code }) => code === 'W_ORIENTATION')!.message, /^1 of 1 /);
  const upright = dirname(write('upright/2.jpg', fixture('colour-420.jpg')));
  assert.deepEqual((await openDataset(upright, options)).warnings, []);
});

test('orientation is read of any bytes without a fault', () => {
  const random = seededRandom(11);
  const whole = fixture('orientation-6.jpg');
  assert.equal(orientationWarnings([write('fuzz.jpg', whole)], '').length, 1);
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(whole.subarray(0, Math.ceil(random() * 200)));
    for (let k = 0; k < 3; k++)
      bytes[2 + Math.floor(random() * (bytes.length - 2))] = Math.floor(random() * 256);
    assert.ok(orientationWarnings([write('fuzz.jpg', bytes)], '').length <= 1);
  }
});
