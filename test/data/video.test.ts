/** Clips as data: formats, sizes, colours, disturbances, and everything that can be wrong with them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { CLIP_FILE, FRAMES, HEIGHT, movingSquare, WIDTH } from '../../fixtures/clips/moving-square.ts';
import { scaleByArea } from '../../src/data/area.ts';
import { createFit } from '../../src/data/fit.ts';
import { openDataset, openSequences } from '../../src/data/open.ts';
import { pictureOf } from '../../src/data/picture.ts';
import { RAW_VALUES } from '../../src/data/preprocess.ts';
import type { Image } from '../../src/data/source.ts';
import { clipsOf, holdsClips } from '../../src/data/video/clip.ts';
import { type ClipOptions, loadClips } from '../../src/data/video/clips.ts';
import { disturb } from '../../src/data/video/disturb.ts';
import { createEncoder, isVideoName } from '../../src/data/video/encode.ts';
import { readY4m } from '../../src/data/video/y4m.ts';
import { toRgb } from '../../src/data/video/yuv.ts';
import { packageRoot } from '../../src/package-root.ts';
import { collect, failure, fileWriter, pngFile } from './files.ts';

const write = fileWriter();
const BUNDLED = join(packageRoot(), 'fixtures', 'clips', CLIP_FILE);
const own: ClipOptions = { inputShapes: [[1, 3, HEIGHT, WIDTH]] };

const grey = (width: number, height: number, pixels: readonly number[]): Image => ({
  width,
  height,
  channels: 1,
  pixels: Uint8Array.from(pixels),
});

/** Runs with another ffmpeg, or none. */
async function withFfmpeg<T>(program: string, run: () => Promise<T>): Promise<T> {
  const before = process.env.TINYML_FFMPEG;
  process.env.TINYML_FFMPEG = program;
  try {
    return await run();
  } finally {
    if (before === undefined) delete process.env.TINYML_FFMPEG;
    else process.env.TINYML_FFMPEG = before;
  }
}

/** A program that writes so many bytes of the clip, says something, and ends so. */
function fakeFfmpeg(name: string, bytes: number, said: string, status: number): string {
  const path = write(
    name,
    `#!/bin/sh\nhead -c ${bytes} '${BUNDLED}'\nprintf '%s\\n' '${said}' >&2\nexit ${status}\n`,
  );
  chmodSync(path, 0o755);
  return path;
}

function ffmpeg(...args: readonly string[]): void {
  const { status, stderr } = spawnSync('ffmpeg', ['-v', 'error', '-y', ...args], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

test('the bundled clip is what its script writes', () => {
  assert.deepEqual(readFileSync(BUNDLED), movingSquare());
});

test('scaling by area gives each new pixel the mean of what it covers', () => {
  assert.deepEqual([...scaleByArea(grey(4, 2, [0, 4, 8, 9, 4, 8, 8, 9]), 2, 1).pixels], [4, 9]);
  // A third of a pixel and two thirds of the next: (2 * 0 + 90) / 3.
  assert.deepEqual([...scaleByArea(grey(3, 1, [0, 90, 30]), 2, 1).pixels], [30, 50]);
  assert.deepEqual([...scaleByArea(grey(2, 1, [0, 90]), 3, 1).pixels], [0, 45, 90]);
  const colour = { width: 2, height: 1, channels: 3 as const, pixels: Uint8Array.of(0, 10, 20, 2, 30, 60) };
  assert.deepEqual([...scaleByArea(colour, 1, 1).pixels], [1, 20, 40]);
});

test('colours are those of BT.601, in the limited and in the full range', () => {
  const rgb = (y: number, cb: number, cr: number, fullRange: boolean): readonly number[] => {
    const plane = (value: number) => ({ ...grey(1, 1, [value]), channels: 1 as const });
    return [
      ...toRgb({ luma: plane(y), chroma: { blue: plane(cb), red: plane(cr) }, fullRange }, 1, 1).pixels,
    ];
  };
  assert.deepEqual(rgb(16, 128, 128, false), [0, 0, 0]);
  assert.deepEqual(rgb(235, 128, 128, false), [255, 255, 255]);
  assert.deepEqual(rgb(81, 90, 240, false), [254, 0, 0]);
  assert.deepEqual(rgb(145, 54, 34, false), [0, 255, 1]);
  assert.deepEqual(rgb(41, 240, 110, false), [0, 0, 255]);
  assert.deepEqual(rgb(76, 85, 255, true), [254, 0, 0]);
  assert.deepEqual(rgb(0, 128, 128, true), [0, 0, 0]);
});

test('Y4M is read without ffmpeg: every frame, at the size of the model', () =>
  withFfmpeg('/nowhere/ffmpeg', async () => {
    const clips = await loadClips(BUNDLED, own);
    assert.deepEqual(clips.clips, [{ path: BUNDLED, first: 0, frames: FRAMES }]);
    assert.deepEqual(clips.warnings, []);
    const { pixels } = clips.image(3);
    // Luma 220 with chroma 120 and 136, inside the square.
    const at = 3 * (5 * WIDTH + 8);
    const [light, blue, red] = [(255 / 219) * (220 - 16), (255 / 224) * -8, (255 / 224) * 8];
    const expected = [light + 1.402 * red, light - 0.3441 * blue - 0.7141 * red, light + 1.772 * blue];
    const [r, g, b] = expected.map(Math.round) as [number, number, number];
    assert.deepEqual([...pixels.subarray(at, at + 3)], [r, g, b]);

    const values = new Float32Array((HEIGHT * WIDTH) / 4);
    const small = { inputShapes: [[1, 1, HEIGHT / 2, WIDTH / 2]], preprocess: { ...RAW_VALUES, scale: 0.5 } };
    (await loadClips(BUNDLED, small)).fill(0, values);
    assert.equal(values[0], Math.round((299 * r + 587 * g + 114 * b) / 1000) / 2);
  }));

test('whatever the container, frames of a lossless file are those of the Y4M that it was made from', async () => {
  const path = write('lossless.mkv', '');
  ffmpeg('-i', BUNDLED, '-c:v', 'ffv1', path);
  const [decoded, read] = [await loadClips(path, own), await loadClips(BUNDLED, own)];
  assert.equal(decoded.length, FRAMES);
  for (let i = 0; i < FRAMES; i++) assert.deepEqual(decoded.image(i), read.image(i), `frame ${i}`);
});

test('images in the order of their names and raw frames are clips, too', async () => {
  const frame = (value: number) => new Uint8Array(4 * 2 * 3).fill(value);
  const first = write('images/a.png', pngFile(4, 2, 3, frame(10)));
  write('images/b.png', pngFile(4, 2, 3, frame(20)));
  const options = { inputShapes: [[1, 3, 1, 2]] };
  const images = await loadClips(dirname(first), options);
  assert.deepEqual([images.image(0).pixels[0], images.image(1).pixels[0], images.length], [10, 20, 2]);

  const raw = write('frames-4x2.rgb', Buffer.concat([frame(30), frame(40)]));
  const frames = await loadClips(raw, options);
  assert.deepEqual([frames.image(0).pixels[5], frames.image(1).pixels[5], frames.length], [30, 40, 2]);
  assert.equal((await loadClips(write('frames.rgb', frame(50)), { inputShapes: [[1, 3, 2, 4]] })).length, 1);
});

test('clips are sequences that are read as they are used, and samples where a model has no state', async () => {
  const one = write('two/a.y4m', movingSquare());
  write('two/b.y4m', movingSquare().subarray(0, movingSquare().length - 3 * 2310));
  const folder = dirname(one);
  assert.ok(holdsClips(folder) && holdsClips(one));
  const sequences = await openSequences(folder, { ...own, frames: null });
  assert.deepEqual([sequences.length, sequences.sequences], [2, true]);
  const samples = await collect(sequences.samples());
  const places = samples.map(({ frame }) => [frame!.index, frame!.last]);
  const ofClip = (frames: number) => Array.from({ length: frames }, (_, i) => [i, i === frames - 1]);
  assert.deepEqual(places, [...ofClip(FRAMES), ...ofClip(FRAMES - 3)]);
  assert.equal((await collect(sequences.samples([1]))).length, FRAMES - 3);
  assert.equal((await openSequences(folder, { ...own, frames: null, limit: 1 })).length, 1);

  const frames = await openDataset(folder, { ...own, limit: FRAMES + 2 });
  assert.equal(frames.length, FRAMES + 2);
  const [sample] = await collect(frames.samples([FRAMES + 1]));
  assert.deepEqual(sample!.inputs, samples[FRAMES + 1]!.inputs);
  await failure('E_USAGE', () => openSequences(folder, { ...own, frames: 4 }));
});

test('disturbances have the strength that was asked for, and come again with the seed', () => {
  const still = { width: 100, height: 100, channels: 1 as const, pixels: new Uint8Array(10000).fill(100) };
  const noisy = disturb(still, { noise: 4, gain: 0, shake: 0 }, 7, 0, 3);
  assert.deepEqual(disturb(still, { noise: 4, gain: 0, shake: 0 }, 7, 0, 3), noisy);
  assert.notDeepEqual(disturb(still, { noise: 4, gain: 0, shake: 0 }, 7, 0, 4).pixels, noisy.pixels);
  const errors = [...noisy.pixels].map((value) => value - 100);
  const mean = errors.reduce((sum, one) => sum + one, 0) / errors.length;
  const deviation = Math.sqrt(errors.reduce((sum, one) => sum + (one - mean) ** 2, 0) / errors.length);
  assert.ok(Math.abs(mean) < 0.15 && Math.abs(deviation - 4) < 0.15, `${mean} ${deviation}`);

  const bright = (index: number) => disturb(still, { noise: 0, gain: 0.1, shake: 0 }, 1, 0, index).pixels[0];
  assert.deepEqual([0, 25, 50, 75, 100].map(bright), [100, 110, 100, 90, 100]);

  const ramp = { ...still, pixels: Uint8Array.from({ length: 10000 }, (_, i) => 2 * (i % 100)) };
  const moves = Array.from({ length: 50 }, (_, i) => {
    const { pixels } = disturb(ramp, { noise: 0, gain: 0, shake: 3 }, 1, 0, i);
    return (pixels[5050]! - ramp.pixels[5050]!) / 2;
  });
  assert.ok(Math.max(...moves) <= 3 && Math.min(...moves) >= -3);
  assert.ok(Math.max(...moves) > 2 && Math.min(...moves) < -2);
});

test('a truncated clip is used as far as it goes, and that is said', async () => {
  const bytes = movingSquare();
  const path = write('short.y4m', bytes.subarray(0, bytes.length - 100));
  const clips = await loadClips(path, own);
  assert.equal(clips.length, FRAMES - 1);
  assert.deepEqual(
    clips.warnings.map(({ code, message, at }) => [code, message, at]),
    [
      [
        'W_VIDEO',
        'the clip is damaged or ends too early, 15 frames can be used: the video ends within frame 15',
        [path],
      ],
    ],
  );
  const told: string[] = [];
  const sequences = await openSequences(path, {
    ...own,
    frames: null,
    onWarning: ({ code }) => told.push(code),
  });
  await collect(sequences.samples());
  assert.equal((await collect(sequences.samples())).length, FRAMES - 1);
  assert.deepEqual(told, ['W_VIDEO']);

  const spoilt = write('spoilt.y4m', Buffer.concat([bytes, Buffer.from('JUNK\n')]));
  const behind = await loadClips(spoilt, own);
  assert.equal(behind.length, FRAMES);
  assert.match(behind.warnings[0]!.message, / 16 frames can be used: frame 16 does not begin with "FRAME"$/);

  const cut = fakeFfmpeg('cut', 10000, '[mov @ 0x55d0] partial file', 0);
  const decoded = await withFfmpeg(cut, () => loadClips(write('cut.mp4', 'x'), own));
  assert.equal(decoded.length, 4);
  assert.match(decoded.warnings[0]!.message, / 4 frames can be used/);
  const complaining = fakeFfmpeg('complaining', bytes.length, '[h264 @ 0x55d0] error in a block', 0);
  const damaged = await withFfmpeg(complaining, () => loadClips(write('damaged.mp4', 'x'), own));
  assert.match(damaged.warnings[0]!.message, / 16 frames can be used: h264: error in a block$/);
});

test('clips that cannot be used say why', async () => {
  const clip = write('any.mp4', 'no video');
  const missing = await withFfmpeg('/nowhere/ffmpeg', () =>
    failure('E_TOOLCHAIN', () => loadClips(clip, own)),
  );
  assert.match(missing.hint!, /apt install ffmpeg/);
  const undecodable = await failure('E_DATA', () => loadClips(clip, own));
  assert.match(undecodable.message, /cannot be decoded/);
  assert.doesNotMatch(undecodable.hint!, /0x/);
  const sound = write('sound.mkv', '');
  ffmpeg('-f', 'lavfi', '-i', 'sine=d=0.1', sound);
  assert.match((await failure('E_DATA', () => loadClips(sound, own))).hint!, /^It holds no video/);

  const header = (text: string) => write('header.y4m', `YUV4MPEG2 ${text}\n`);
  await failure('E_DATA', () => loadClips(header('W4 H2 C420p10'), own));
  await failure('E_DATA', () => loadClips(header('W0 H2'), own));
  await failure('E_DATA', () => loadClips(header('W9999999 H9999999'), own));
  await failure('E_DATA', () => loadClips(header('W4 H2 C420jpeg'), own));
  await failure('E_DATA', () => loadClips(header('x'.repeat(5000)), own));
  await failure('E_DATA', () => loadClips(write('rubbish.y4m', 'YUV4MPEG2 W2 H2\nFRAMING\n123456'), own));
  await failure('E_DATA', () => loadClips(write('odd.rgb', Buffer.alloc(7)), own));
  await failure('E_DATA', () => loadClips(write('unsized.rgb', Buffer.alloc(6)), { inputShapes: [[1, 6]] }));
  await failure('E_DATA', () => clipsOf(dirname(write('nothing/readme.txt', 'x'))));

  const unfit = await failure('E_DATA', () => loadSequences([[1, 100]]));
  assert.match(unfit.message, /does not fit/);
  await failure('E_DATA', () => loadSequences([[1, 5, HEIGHT, WIDTH]]));
  await failure('E_DATA', () => loadSequences([...own.inputShapes, ...own.inputShapes]));
  const frame = (size: number) => pngFile(size, 1, 1, new Uint8Array(size));
  const uneven = write('uneven/a.png', frame(1));
  write('uneven/b.png', frame(2));
  await failure('E_DATA', () => loadClips(dirname(uneven), own));
});

const loadSequences = (inputShapes: ClipOptions['inputShapes']) =>
  openSequences(BUNDLED, { inputShapes, frames: null });

test('names are no options and no addresses, and playlists are not followed', async () => {
  const dash = write('-i.mkv', '');
  ffmpeg('-i', BUNDLED, '-c:v', 'ffv1', '-frames:v', '2', dash);
  assert.equal((await loadClips(dash, own)).length, 2);
  const list = write('list.mp4', `#EXTM3U\n#EXTINF:1,\nfile://${BUNDLED}\n`);
  await failure('E_DATA', () => loadClips(list, own));
  const script = write('concat.mp4', `ffconcat version 1.0\nfile '${BUNDLED}'\n`);
  await failure('E_DATA', () => loadClips(script, own));
  await failure('E_FILE', () => loadClips('concat:a.mp4', own));
});

test('a decoder that nobody reads is ended', async () => {
  const endless = write('endless', `#!/bin/sh\ncat '${BUNDLED}'\nexec yes\n`);
  chmodSync(endless, 0o755);
  const start = performance.now();
  const clips = await withFfmpeg(endless, () => loadClips(write('any.mkv', 'x'), { ...own, maxFrames: 5 }));
  assert.equal(clips.length, 5);
  assert.ok(performance.now() - start < 10_000);
});

test('pictures become a video of as many frames, whatever their sides, and what ffmpeg says is passed on', async () => {
  for (const name of ['a.mp4', 'a.mkv', 'a.webm', 'a.avi']) {
    assert.ok(isVideoName(name));
    const encoder = createEncoder(name, 33, 17, 25);
    const picture = {
      width: 33,
      height: 17,
      channels: 3 as const,
      pixels: new Uint8Array(33 * 17 * 3).fill(128),
    };
    for (let i = 0; i < 30; i++) await encoder.add(picture);
    const path = write(name, await encoder.finish());
    const clips = await loadClips(path, { inputShapes: [[1, 1, 18, 34]] });
    assert.equal(clips.length, 30, name);
    assert.ok(Math.abs(clips.image(29).pixels[0]! - 128) < 4, name);
  }
  assert.ok(!isVideoName('a.png') && !isVideoName('a'));
  await withFfmpeg('/nowhere/ffmpeg', async () => {
    const encoder = createEncoder('a.mp4', 2, 2, 25);
    await failure('E_TOOLCHAIN', encoder.finish);
  });
  const broken = fakeFfmpeg('broken', 0, 'Unknown encoder', 1);
  await withFfmpeg(broken, async () => {
    const encoder = createEncoder('a.mp4', 500, 500, 25);
    const picture = { width: 500, height: 500, channels: 3 as const, pixels: new Uint8Array(750000) };
    const error = await failure('E_TOOLCHAIN', async () => {
      for (let i = 0; i < 10; i++) await encoder.add(picture);
      await encoder.finish();
    });
    assert.match(error.hint!, /Unknown encoder/);
  });
  const idle = fakeFfmpeg('idle', 0, '', 0);
  await withFfmpeg(idle, async () => {
    const encoder = createEncoder('a.mp4', 2, 2, 25);
    const error = await failure('E_TOOLCHAIN', encoder.finish);
    assert.match(error.hint!, /said nothing/);
  });
});

test('what a model takes shows what it was made from', () => {
  const pixels = Uint8Array.from({ length: 12 }, (_, i) => 20 * i);
  const image = { width: 2, height: 2, channels: 3 as const, pixels };
  const preprocess = {
    ...RAW_VALUES,
    channels: 'bgr' as const,
    scale: 1 / 255,
    mean: [0.4, 0.5, 0.6],
    std: [0.2],
  };
  const shape = [1, 3, 2, 2];
  const [values] = createFit([shape], preprocess)({ content: { kind: 'image', image }, label: null, at: '' });
  assert.deepEqual(pictureOf(values!, shape, preprocess), image);
  assert.equal(pictureOf(new Float32Array(6), [1, 6], RAW_VALUES), null);
});

test('memory does not grow with the length of a clip', async () => {
  const [width, height, count] = [640, 480, 1500];
  const frame = Buffer.concat([Buffer.from('FRAME\n'), new Uint8Array(width * height)]);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(`YUV4MPEG2 W${width} H${height} Cmono\n`);
    for (let i = 0; i < count; i++) yield frame;
  }
  let frames = 0;
  let most = 0;
  for await (const { luma } of readY4m(pieces(), 'long.y4m', assert.fail)) {
    frames++;
    assert.equal(luma.pixels.length, width * height);
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    most = Math.max(most, heapUsed + arrayBuffers);
  }
  assert.equal(frames, count);
  // All frames together take 440 MiB.
  assert.ok(most < 220 * 2 ** 20, `${most} bytes`);
});
