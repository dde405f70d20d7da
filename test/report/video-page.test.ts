import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodePng } from '../../src/data/png.ts';
import type { Image } from '../../src/data/source.ts';
import type { VideoEvaluation } from '../../src/gate/video/evaluate.ts';
import { gatePage } from '../../src/report/gate-page.ts';
import { encodePng } from '../../src/report/png.ts';
import { shadeSkipped } from '../../src/report/shading.ts';
import { createStills } from '../../src/report/stills.ts';
import { videoPage } from '../../src/report/video-page.ts';
import type { TrainingReport } from '../../src/train/run/loop.ts';

const picture = (channels: 1 | 3, width = 5, height = 3): Image => ({
  width,
  height,
  channels,
  pixels: Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37) % 256),
});

test('PNG files hold the pixels that went in', () => {
  for (const channels of [1, 3] as const) {
    assert.deepEqual(decodePng(encodePng(picture(channels)), 'made here'), picture(channels));
  }
});

test('only the patches that were skipped are shaded, enlarged or not', () => {
  const frame = { ...picture(1, 4, 2), pixels: new Uint8Array(8).fill(200) };
  const shaded = shadeSkipped(frame, Float32Array.of(1, 0), 1);
  const red = (image: Image, x: number, y: number) => image.pixels[3 * (y * image.width + x)];
  assert.deepEqual(
    [0, 1, 2, 3].map((x) => red(shaded, x, 1)),
    [200, 200, 94, 94],
  );
  const large = shadeSkipped(frame, Float32Array.of(1, 0), 1, 3);
  assert.deepEqual([large.width, large.height], [12, 6]);
  assert.deepEqual([red(large, 5, 5), red(large, 6, 5)], [200, 94]);
});

test('stills are spread evenly over clips of any length, the first frame among them', () => {
  for (const frames of [1, 3, 4, 5, 17, 100, 1000]) {
    const stills = createStills(4);
    let made = 0;
    for (let i = 0; i < frames; i++) {
      stills.offer(() => {
        made++;
        return { caption: String(i), picture: picture(1) };
      });
    }
    const places = stills.all().map(({ caption }) => Number(caption));
    assert.equal(places[0], 0);
    assert.ok(places.length <= 4 && places.length >= Math.min(frames, 3), `${frames}: ${places}`);
    const gaps = places.slice(1).map((place, i) => place - places[i]!);
    assert.ok(new Set(gaps).size <= 1, `${frames}: ${places}`);
    assert.ok(frames - places.at(-1)! <= 2 * (gaps[0] ?? 1), `${frames}: ${places}`);
    assert.ok(made <= 8 * Math.ceil(Math.log2(frames + 2)));
  }
});

test('the page shows figures, curves and frames, and no markup of names', () => {
  const spread = { mean: 0.75, p5: 0.5, p95: 0.9 };
  const frame = {
    clip: 0,
    skip: [0.75],
    macs: 40,
    denseMs: 1,
    gatedMs: 0.5,
    cosine: 0.99,
    relativeL2: 0.1,
    sameArgMax: true,
  };
  const evaluation: VideoEvaluation = {
    arithmetic: 'int8',
    clips: 1,
    frames: 2,
    stages: [
      {
        gate: '<gate>',
        patch: 8,
        rows: 2,
        columns: 3,
        skip: spread,
        layers: [{ name: 'conv', op: 'Conv', macs: 100, closed: spread }],
      },
    ],
    macs: { dense: 100, gates: 5, done: 40, saved: 0.6 },
    drift: {
      cosine: { mean: 0.99, least: 0.98 },
      relativeL2: { mean: 0.1, most: 0.2 },
      sameArgMax: 1,
      growth: { first: 0.1, last: 0.1 },
    },
    time: { dense: 1, gated: 0.5 },
    memory: { dense: { arenaBytes: 100, stateBytes: 0 }, gated: { arenaBytes: 300, stateBytes: 200 } },
    perFrame: [
      { ...frame, frame: 0 },
      { ...frame, frame: 1 },
    ],
  };
  const curves = [{ gate: 'diff', points: [{ setting: 3, skip: 0.7, cosine: 0.99, relativeL2: 0.1 }] }];
  const page = videoPage(
    'a&b.onnx',
    'clip.mp4',
    evaluation,
    [{ caption: 'frame 0', picture: picture(3) }],
    curves,
    [],
  );
  assert.match(page, /40 of 100 per frame: 60\.00 % saved, 2\.50 times fewer/);
  assert.match(page, /2\.00 times as fast/);
  assert.match(page, /&#60;gate&#62;/);
  assert.doesNotMatch(page, /<gate>|a&b/);
  const [, data] = /src="data:image\/png;base64,([^"]+)"/.exec(page)!;
  assert.deepEqual(decodePng(Buffer.from(data!, 'base64'), 'page'), picture(3));
  assert.equal([...page.matchAll(/<svg/g)].length, 4);
  for (const legend of ['Growth:', 'Closed:', 'Setting:'])
    assert.ok(page.includes(`<p class="note">${legend}`), legend);
});

test('the page of gates shows where they stand, their training and their curves', () => {
  const gate = {
    name: 'gate0',
    value: 'frame',
    patch: 8,
    grid: { rows: 4, columns: 6 },
    layers: ['conv'],
    ends: [],
    kept: [],
    macs: { dense: 100, guarded: 80, gate: 5, block: 40 },
    cacheBytes: 1024,
  };
  const report = {
    gates: [gate],
    facts: [['output', '<out>']] as const,
    training: [],
    curves: [],
    warnings: [],
  };
  const plain = gatePage('m.onnx', 'diff', report);
  assert.match(plain, /gate0.*frame.*80\.00 %/);
  assert.match(plain, /&#60;out&#62;/);
  assert.doesNotMatch(plain, /<svg/);
  const curves = [{ gate: 'diff', points: [{ setting: 3, skip: 0.7, cosine: 0.99, relativeL2: 0.1 }] }];
  const curve = [1, 2].map((step) => ({ step, loss: 1 / step, accuracy: 0.5, learningRate: 0.1 }));
  const training = [{ name: 'gate0', report: { curve } as unknown as TrainingReport }];
  const trained = gatePage('m.onnx', 'micro', { ...report, training, curves });
  assert.equal([...trained.matchAll(/<svg/g)].length, 3);
  assert.match(trained, /Drift by skipped patches[\s\S]*70\.0 %/);
});
