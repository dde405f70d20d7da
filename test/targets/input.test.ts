/** Data of a device as the input of a model: C that gives, byte for byte, what the desk makes of the same data. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Content } from '../../src/data/source.ts';
import { featureSchema } from '../../src/signal/settings-schema.ts';
import { STRICT_FLAGS } from '../../src/targets/cortex-m/build-flags.ts';
import { emitBundle } from '../../src/targets/cortex-m/bundle.ts';
import { parseManifest } from '../../src/targets/cortex-m/manifest-schema.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { withBundles } from './folder.ts';
import { type Case, passBundle, passInput } from './input-model.ts';

const NHWC = [0, 2, 3, 1];
const IMAGENET = { scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const resize = (method: 'bilinear' | 'nearest' | 'area', fit: 'stretch' | 'crop' | 'pad') => ({
  width: null,
  height: null,
  method,
  fit,
});

const features = (settings: object) => featureSchema.parse({ frameLength: 64, frameStep: 40, ...settings });

const CASES: readonly (Case & { readonly raw: readonly string[]; readonly code?: RegExp })[] = [
  {
    name: 'bilinear',
    onnxShape: [1, 3, 11, 14],
    layout: NHWC,
    quant: { scale: 0.0187, zeroPoint: -14 },
    preprocess: { ...IMAGENET, channels: 'rgb', resize: resize('bilinear', 'stretch') },
    raw: ['rgb888', 'rgb888resized', 'rgb565resized', 'gray8resized'],
  },
  {
    name: 'area',
    onnxShape: [1, 12, 9, 3],
    preprocess: { scale: 0.1, channels: 'bgr', layout: 'nhwc', resize: resize('area', 'crop') },
    raw: ['rgb888', 'rgb888resized', 'rgb565resized', 'gray8resized'],
  },
  {
    name: 'nearest',
    onnxShape: [1, 1, 10, 10],
    preprocess: { scale: 1 / 128, mean: [1], channels: 'gray', resize: resize('nearest', 'pad') },
    raw: ['rgb888', 'rgb888resized', 'rgb565resized', 'gray8resized'],
  },
  {
    name: 'photo',
    onnxShape: [1, 3, 14, 14],
    layout: NHWC,
    quant: { scale: 0.0187, zeroPoint: -14 },
    preprocess: {
      ...IMAGENET,
      channels: 'rgb',
      resize: { width: null, height: null, method: 'antialias', fit: 'crop', shorter: 17 },
    },
    raw: ['rgb888', 'rgb888resized', 'rgb565resized', 'gray8resized'],
    code: /photo_cut_axes\(&columns, &rows, 14, 14, 17\)/,
  },
  {
    name: 'bytes',
    onnxShape: [1, 3, 5, 7],
    layout: NHWC,
    quant: { scale: Math.fround(1 / 255), zeroPoint: -128 },
    preprocess: { scale: 1 / 255 },
    raw: ['rgb888', 'rgb565', 'float'],
    code: /return \(int8_t\)\(value - 128\);/,
  },
  {
    name: 'flat',
    onnxShape: [1, 48],
    quant: { scale: 0.11, zeroPoint: 100 },
    preprocess: { scale: 0.05, std: [-1], channels: 'gray' },
    raw: ['rgb888', 'rgb565', 'gray8'],
  },
  {
    name: 'floats',
    onnxShape: [1, 3, 4, 5],
    layout: NHWC,
    quant: null,
    preprocess: { ...IMAGENET, channels: 'rgb' },
    raw: ['rgb888', 'rgb565', 'gray8'],
    code: /static const float of_byte2_of\[256\]/,
  },
  {
    name: 'sound',
    onnxShape: [1, 1, 4000],
    quant: { scale: Math.fround(1 / 127), zeroPoint: -2 },
    preprocess: { sound: { rate: 16000, features: null } },
    raw: ['pcm16', 'float'],
    code: /static int8_t of_sound0\(int32_t value\) \{\n.*>>/,
  },
  {
    name: 'samples',
    onnxShape: [1, 576],
    quant: { scale: 1 / 32768, zeroPoint: 0 },
    wide: true,
    preprocess: { sound: { rate: 16000, features: null } },
    raw: ['pcm16', 'float'],
    code: /static int16_t of_sound0\(int32_t value\) \{\n {2}return \(int16_t\)value;/,
  },
  {
    name: 'wide',
    onnxShape: [1, 2, 50],
    layout: [0, 2, 1],
    quant: { scale: Math.fround(3.3 / 32767), zeroPoint: 0 },
    wide: true,
    preprocess: { mean: [0.1, -0.2], std: [2, 0.5] },
    raw: ['signal', 'float'],
    code: /static int16_t of_float_1/,
  },
  {
    name: 'quiet',
    onnxShape: [1, 300],
    quant: null,
    preprocess: { scale: 3, mean: [0.1], std: [0.3] },
    raw: ['pcm16', 'float'],
    code: /volatile double/,
  },
  {
    name: 'mel',
    onnxShape: [1, 1, 8, 6],
    layout: NHWC,
    quant: { scale: 0.11, zeroPoint: 40 },
    preprocess: { mean: [-8], std: [2], sound: { rate: 8000, features: features({ mel: { bands: 6 } }) } },
    raw: ['pcm16', 'float'],
    code: /mel_front_end_frame\(/,
  },
  {
    name: 'mfcc',
    onnxShape: [1, 5, 9],
    layout: [0, 2, 1],
    preprocess: {
      mean: [-3, 0, 1, 0.5, 0],
      std: [2],
      sound: {
        rate: 8000,
        features: features({ mfcc: { coefficients: 5 }, log: { range: 8, floor: 1e-6 } }),
      },
    },
    raw: ['pcm16', 'float'],
    code: /mfcc_front_end_run\(/,
  },
  {
    name: 'axes',
    onnxShape: [1, 3, 40],
    layout: [0, 2, 1],
    quant: { scale: 0.02, zeroPoint: 5 },
    preprocess: { mean: [0.1, 0.2, 9.81], std: [2, 3, 0.5] },
    raw: ['signal', 'float'],
    code: /of_float_2_steps/,
  },
  {
    name: 'table',
    onnxShape: [1, 30],
    quant: { scale: 0.03, zeroPoint: 0 },
    preprocess: { mean: Array.from({ length: 30 }, (_, i) => i * 0.37), std: [1.7] },
    raw: ['float'],
    code: /volatile double/,
  },
  {
    name: 'channels',
    onnxShape: [1, 16, 3],
    preprocess: { layout: 'nchw' },
    raw: ['signal', 'float'],
  },
];

/** What the language leaves undefined ends the program. */
const UNDEFINED = ['-fsanitize=undefined', '-fno-sanitize-recover=all'];

test('every conversion gives the bytes of the desk, and the self-test says where it does not', () => {
  const compiler = requireTool('cc');
  return withBundles(CASES.map(passBundle), (...folders) => {
    CASES.forEach(({ name, raw, code }, i) => {
      const folder = folders[i]!;
      const files = passBundle(CASES[i]!);
      const text = (path: string): string => String(files.find((file) => file.path === path)!.contents);
      const manifest = parseManifest(text('manifest.json'));
      const found = manifest.vectors.filter((vector) => vector.raw !== null).map((vector) => vector.name);
      assert.deepEqual(found, raw, name);
      if (code !== undefined) assert.match(text(`${name}_input.c`), code, name);
      const sources = [...manifest.sources, `${name}_selftest.c`];
      const flags = [...STRICT_FLAGS, ...UNDEFINED, `-D${name.toUpperCase()}_SELFTEST`, '-I.'];
      execFileSync(compiler, [...flags, ...sources, '-o', 'selftest'], { cwd: folder, stdio: 'pipe' });
      const printed = execFileSync(join(folder, 'selftest'), { cwd: folder, encoding: 'utf8' });
      const inputs = printed.split('\n').filter((line) => line.startsWith('input '));
      assert.equal(inputs.length, raw.length, name);
      assert.match(printed, /^result pass$/m, name);
    });
  });
});

test('sizes that no image has are refused, without undefined behaviour', () =>
  withBundles([passBundle({ ...CASES.find(({ name }) => name === 'bytes')!, name: 'wide' })], (folder) => {
    const main = `#include "wide_input.h"
static int8_t input[105];
int8_t *wide_input(void) { return input; }
int8_t *wide_output(void) { return input; }
int main(void) {
  const uint8_t pixel[3] = {0, 0, 0};
  const uint16_t word = 0;
  return wide_input_from_rgb888(pixel, INT32_MAX, 5, 0) == -1 && wide_input_from_rgb888(pixel, INT32_MIN, 5, 0) == -1 &&
                 wide_input_from_rgb565(&word, -7, 5, 0) == -1 ? 0 : 1;
}
`;
    writeFileSync(join(folder!, 'main.c'), main);
    const flags = ['-std=c99', ...UNDEFINED, '-I.', '-o', 'sizes'];
    execFileSync(requireTool('cc'), [...flags, 'main.c', 'wide_input.c'], { cwd: folder, stdio: 'pipe' });
    execFileSync(join(folder!, 'sizes'), { stdio: 'pipe' });
  }));

test('conversions give the same bytes on emulated boards', () =>
  withBundles(
    ['bilinear', 'photo', 'mel'].map((wanted) => passBundle(CASES.find(({ name }) => name === wanted)!)),
    async (image, photo, mel) => {
      for (const [folder, cores] of [
        [image!, ['m4']],
        [photo!, ['m33', 'm55']],
        [mel!, ['m3']],
      ] as const) {
        const { bitExact, runs } = await verifyBundle(folder, { on: ['qemu'], cores });
        assert.ok(bitExact, JSON.stringify(runs));
        for (const { vectors } of runs) assert.ok(vectors.some(({ conversion }) => conversion?.bitExact));
      }
    },
  ));

test('an input that a conversion makes otherwise is a mismatch, with its kind and first byte', async () => {
  const input = passInput(CASES[0]!);
  const golden = input.golden.map((vector) =>
    vector.name === 'gray8resized'
      ? { ...vector, inputs: vector.inputs.map((bytes) => bytes.map((byte, at) => byte ^ Number(at === 7))) }
      : vector,
  );
  await withBundles([emitBundle({ ...input, golden })], async (folder) => {
    const { bitExact, runs } = await verifyBundle(folder!, { on: ['host'] });
    assert.equal(bitExact, false);
    const wrong = runs[0]!.vectors.filter((vector) => !vector.bitExact);
    assert.deepEqual(
      wrong.map(({ name, conversion, mismatch }) => [
        name,
        conversion!.kind,
        conversion!.mismatch!.byte,
        mismatch,
      ]),
      [['gray8resized', 'gray8', 7, null]],
    );
  });
});

test('records are given to the device as they are, from tables and from files', async () => {
  const image = (width: number, height: number, channels: 1 | 3): Content => {
    const pixels = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 89) >> 3);
    return { kind: 'image', image: { width, height, channels, pixels } };
  };
  const sound: Content = {
    kind: 'sound',
    pcm: Int16Array.from({ length: 5000 }, (_, i) => i * 13),
    rate: 16000,
  };
  const rows = { values: Float32Array.from({ length: 90 }, (_, i) => i / 7 - 5), rows: 30, columns: 3 };
  const named = (name: string): Case => CASES.find((one) => one.name === name)!;
  const small = passInput(named('bilinear'), [image(20, 15, 3), image(9, 30, 1)]);
  const large = passInput(named('area'), [image(500, 400, 3), image(640, 480, 1), image(400, 300, 3)]);
  const others = [
    passInput(named('sound'), [sound]),
    passInput(named('axes'), [{ kind: 'signal', ...rows }]),
  ];
  await withBundles([small, large, ...others].map(emitBundle), async (...folders) => {
    const kinds = [['rgb888', 'gray8'], ['rgb888', 'gray8', 'rgb888'], ['pcm16'], ['signal']];
    for (const [i, folder] of folders.entries()) {
      const manifest = parseManifest(readFileSync(join(folder, 'manifest.json'), 'utf8'));
      const recorded = manifest.vectors.filter(({ pattern }) => pattern === 'recorded');
      assert.deepEqual(
        recorded.map(({ raw }) => raw!.kind),
        kinds[i],
      );
      assert.ok(recorded.every(({ raw }) => raw!.files!.length === 1));
      const { bitExact, runs } = await verifyBundle(folder, { on: ['host'] });
      assert.ok(bitExact, JSON.stringify(runs));
    }
    assert.match(readFileSync(join(folders[1]!, 'area_selftest.c'), 'utf8'), /"golden\/recorded1-raw0\.bin"/);
  });
});

test('what is cut into windows is a recording, also in the shape of a picture', () => {
  const functionsOf = (preprocess: Case['preprocess']): readonly string[] => {
    const files = passBundle({ name: 'imu', onnxShape: [1, 3, 1, 16], layout: NHWC, preprocess });
    const { contents } = files.find(({ path }) => path === 'imu_input.h')!;
    return [...String(contents).matchAll(/imu_input_from_(\w+)\(/g)].map(([, what]) => what!);
  };
  assert.deepEqual(functionsOf({ windows: { step: 8 } }), ['signal', 'float']);
  assert.ok(functionsOf({}).includes('rgb888'));
});

test('the header says the whole preprocessing', () => {
  const { mean, std } = IMAGENET;
  const preprocess = { ...IMAGENET, channels: 'rgb', resize: resize('bilinear', 'crop') } as const;
  const files = passBundle({ name: 'net', onnxShape: [1, 3, 4, 4], layout: NHWC, preprocess });
  const lines = String(files.find(({ path }) => path === 'net_input.h')!.contents).split('\n');
  const about = lines.slice(0, lines.indexOf('#ifndef NET_INPUT_H'));
  assert.ok(about.every((line) => line.length <= 130));
  const text = about.map((line) => line.replace(/^ \* /, '')).join(' ');
  assert.ok(
    text.includes(`(value * ${1 / 255} - [${mean.join(', ')}]) / [${std.join(', ')}]; then quantised.`),
    text,
  );
});

test('the header lists the columns of a row in their order', () => {
  const preprocess = { table: { columns: ['acc x', 'acc y*/', 'acc z'], step: 20 }, windows: { step: 8 } };
  const files = passBundle({ name: 'wrist', onnxShape: [1, 3, 16], preprocess });
  const { contents } = files.find(({ path }) => path === 'wrist_input.h')!;
  const lines = String(contents).split('\n');
  const first = lines.findIndex((line) => line.includes('Columns of a row, in the order of the model:'));
  assert.ok(first > 0, String(contents));
  assert.match(lines[first + 1]!, /^ \* +0: "acc x"$/);
  assert.match(lines[first + 2]!, /^ \* +1: "acc y\* ?\//);
  assert.match(lines[first + 3]!, /^ \* +2: "acc z"$/);
  assert.match(
    lines[first + 4]!,
    /^ \* From one row to the next: 20, in the unit of the data's column of time\.$/,
  );
});
