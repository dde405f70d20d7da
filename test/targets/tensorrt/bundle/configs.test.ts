/** Configurations for DeepStream and Triton, read back and held against the manifest of their bundle. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { type Preprocess, RAW_VALUES } from '../../../../src/data/preprocess.ts';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import type { BundleInput } from '../../../../src/targets/tensorrt/bundle/input.ts';
import { parseManifest } from '../../../../src/targets/tensorrt/bundle/manifest-schema.ts';
import { parseKeyFile, parseTextProto } from './config-parsers.ts';
import { platformOf, smallInput } from './small-input.ts';

const CONFIG = 'deepstream/config_infer_primary.txt';

const number = z
  .string()
  .regex(/^-?\d+(\.\d+)?(e[-+]?\d+)?$/)
  .transform(Number);
const numbers = z.string().transform((text) => text.split(';').map((part) => number.parse(part)));
const flag = z.enum(['0', '1']).transform((text) => text === '1');

/** The keys of nvinfer that are written, and what it takes for them. */
const NvInferSchema = z.strictObject({
  property: z.strictObject({
    'gie-unique-id': number,
    'process-mode': number,
    'model-engine-file': z.string().startsWith('../build/').endsWith('.engine'),
    'network-mode': number,
    'batch-size': number,
    'infer-dims': numbers,
    'model-color-format': number,
    'net-scale-factor': number.refine((factor) => factor > 0),
    offsets: numbers.optional(),
    'maintain-aspect-ratio': flag.optional(),
    'symmetric-padding': flag.optional(),
    'scaling-filter': number,
    'network-type': number,
    'output-tensor-meta': flag.optional(),
    'classifier-threshold': number.optional(),
    'labelfile-path': z.string().optional(),
    'enable-dla': flag.optional(),
    'use-dla-core': number.optional(),
  }),
});

const enumerator = <const Name extends string>(names: readonly Name[]) =>
  z.strictObject({ identifier: z.enum(names) });

const PortSchema = z.array(
  z.strictObject({
    name: z.string().min(1),
    data_type: enumerator(['TYPE_FP32', 'TYPE_INT8', 'TYPE_UINT8', 'TYPE_INT32', 'TYPE_INT64', 'TYPE_BOOL']),
    dims: z.array(z.number().int().positive()),
  }),
);

/** The part of inference.ModelConfig that is written. */
const TritonSchema = z.strictObject({
  name: z.string(),
  platform: z.literal('tensorrt_plan'),
  max_batch_size: z.literal(0),
  input: PortSchema,
  output: PortSchema,
  instance_group: z.tuple([
    z.strictObject({
      count: z.literal(1),
      kind: enumerator(['KIND_GPU']),
      secondary_devices: z
        .tuple([z.strictObject({ kind: enumerator(['KIND_NVDLA']), device_id: z.number().int() })])
        .optional(),
    }),
  ]),
  optimization: z.strictObject({ cuda: z.strictObject({ graphs: z.literal(true) }) }).optional(),
});

function nvinferOf(input: BundleInput) {
  const files = bundleFiles(input);
  const text = files.get(CONFIG);
  assert.ok(text !== undefined, String(files.get('README.md')));
  return NvInferSchema.parse(parseKeyFile(String(text))).property;
}

const IMAGES: Preprocess = {
  ...RAW_VALUES,
  channels: 'bgr',
  scale: 1 / 255,
  mean: [0.5, 0.25, 0.75],
  std: [0.5],
};

const DTYPES = {
  float32: 'TYPE_FP32',
  int8: 'TYPE_INT8',
  uint8: 'TYPE_UINT8',
  int32: 'TYPE_INT32',
  int64: 'TYPE_INT64',
  bool: 'TYPE_BOOL',
};

for (const [id, settings] of [
  ['jetson-nano', {}],
  ['jetson-agx-xavier', { jetpack: '5.1', dla: 0 }],
  ['jetson-orin-nano', { jetpack: '6.2' }],
  ['jetson-agx-orin', { jetpack: '7.2.2' }],
] as const) {
  test(`config.pbtxt says what the manifest does: ${id}`, async () => {
    const platform = platformOf(id, settings);
    const names = { input: 'im\\age"{é\u202e}', output: `sco'res\\101:#`, layer: 'conv1' };
    const files = bundleFiles(await smallInput(platform, names));
    const config = TritonSchema.parse(parseTextProto(String(files.get('triton/small/config.pbtxt'))));
    const manifest = parseManifest(String(files.get('manifest.json')));
    assert.equal(config.name, manifest.name);
    for (const [ports, found] of [
      [manifest.inputs, config.input],
      [manifest.outputs, config.output],
    ] as const) {
      assert.deepEqual(
        found.map(({ name, data_type, dims }) => [name, data_type.identifier, dims]),
        ports.map(({ name, bound, shape }) => [name, DTYPES[bound], shape]),
      );
    }
    const device = config.instance_group[0].secondary_devices?.[0].device_id ?? null;
    assert.equal(device, manifest.target.dlaCore);
    assert.equal(config.optimization === undefined, manifest.target.dlaCore !== null);
  });
}

test('nvinfer is told what is done to pixels, and names no model that it would build itself', async () => {
  const input = {
    ...(await smallInput(platformOf('jetson-orin-nano', { jetpack: '6.2' }))),
    preprocess: IMAGES,
  };
  const config = nvinferOf(input);
  const manifest = parseManifest(String(bundleFiles(input).get('manifest.json')));
  assert.equal(config['model-engine-file'], `../${manifest.engine}`);
  assert.deepEqual([config['batch-size'], ...config['infer-dims']], manifest.inputs[0]!.shape);
  assert.equal(config['network-mode'], { fp32: 0, int8: 1, fp16: 2 }[manifest.precision]);
  assert.equal(config['model-color-format'], 1);
  assert.equal(config['network-type'], 100);
  assert.equal(config['output-tensor-meta'], true);
  // The same values as (pixel * scale - mean) / std.
  for (const pixel of [0, 1, 128, 255]) {
    config.offsets!.forEach((offset, c) => {
      const ours = (pixel * IMAGES.scale - IMAGES.mean[c]!) / IMAGES.std[0]!;
      assert.ok(Math.abs(config['net-scale-factor'] * (pixel - offset) - ours) < 1e-9);
    });
  }
  assert.equal(config.offsets!.length, 3);

  const padded: Preprocess = {
    ...RAW_VALUES,
    resize: { width: null, height: null, method: 'nearest', fit: 'pad' },
  };
  const other = nvinferOf({ ...input, preprocess: padded });
  assert.deepEqual(
    [
      other.offsets,
      other['net-scale-factor'],
      other['maintain-aspect-ratio'],
      other['symmetric-padding'],
      other['scaling-filter'],
    ],
    [undefined, 1, true, true, 0],
  );
});

test('labels make a classifier; the DLA is that of the bundle', async () => {
  const labels = Array.from({ length: 10 }, (_, i) => `class "${i}" = [é]`);
  const plain = await smallInput(platformOf('jetson-agx-orin', { jetpack: '6.2', dla: 1 }));
  const input = { ...plain, preprocess: IMAGES, labels };
  const config = nvinferOf(input);
  assert.deepEqual(
    [config['network-type'], config['labelfile-path'], config['enable-dla'], config['use-dla-core']],
    [1, 'labels.txt', true, 1],
  );
  assert.deepEqual(String(bundleFiles(input).get('deepstream/labels.txt')).trimEnd().split(';'), labels);
});

test('where nvinfer cannot give the model what it was trained on, README says why', async () => {
  const plain = {
    ...(await smallInput(platformOf('jetson-orin-nano', { jetpack: '6.2' }))),
    preprocess: IMAGES,
  };
  const [image] = plain.inputs;
  const resize = { width: null, height: null, method: 'bilinear', fit: 'crop' } as const;
  const cases: readonly (readonly [Partial<BundleInput>, RegExp])[] = [
    [{ preprocess: null }, /what is done to pixels .* is not known: say it with --preprocess/],
    [
      { preprocess: { ...IMAGES, std: [0.5, 0.25, 0.5] } },
      /one factor, and these have .*: fold them into the first conv/,
    ],
    [{ preprocess: { ...IMAGES, scale: -1 } }, /cannot scale pixels by -2/],
    [{ preprocess: { ...IMAGES, layout: 'nhwc' } }, /channels first/],
    [{ preprocess: { ...IMAGES, resize } }, /does not crop/],
    [{ preprocess: { ...IMAGES, resize: { ...resize, method: 'area' } } }, /mean of areas/],
    [{ preprocess: { ...IMAGES, sound: { rate: 16000, features: null } } }, /sound/],
    [{ inputs: [image!, image!] }, /feeds one input/],
    [{ inputs: [{ ...image!, tied: 'scores' }] }, /feeds one input/],
    [{ inputs: [{ ...image!, shape: [1, 192] }] }, /the input is float32 of 1x192/],
    [{ labels: ['a;b', ...'bcdefghij'] }, /splits labels at semicolons/],
    [
      { platform: platformOf('jetson-agx-orin', { jetpack: '7.2.2' }) },
      /no DeepStream is known for JetPack 7\.2\.2/,
    ],
  ];
  for (const [change, reason] of cases) {
    // Golden cases are of the ports that the model has.
    const files = bundleFiles({ ...plain, golden: [], ...change });
    assert.equal(files.has(CONFIG), false);
    assert.match(String(files.get('README.md')), reason);
  }
});

test('README names the platform to report, whose defaults are those of the newest JetPack', async () => {
  const platform = platformOf('jetson-orin-nano', { jetpack: '6.2', precision: 'fp16', powerMode: '25W' });
  const readme = String(bundleFiles(await smallInput(platform)).get('README.md'));
  assert.match(
    readme,
    /tinyml report .* --target jetson-orin-nano --jetpack 6\.2 --precision fp16 --power-mode 25W\n/,
  );
});
