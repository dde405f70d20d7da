import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FLOAT, floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { tinyml } from './run.ts';
import { inFolder, type Refusal, refuses, smallData, smallModel, writeSmall } from './small.ts';

const QUANTIZE = ['quantize', 'model.onnx', '-o', 'out.onnx', '-d', 'data.f32', '-n', '2'] as const;

/** A model whose weight lies in another file. */
function externalModel(location: string): Uint8Array {
  return modelBytes(13, {
    node: [node('Add', ['x', 'w'], ['y'])],
    initializer: [
      {
        name: 'w',
        dims: [4],
        dataType: FLOAT,
        dataLocation: 1,
        externalData: [{ key: 'location', value: location }],
      },
    ],
    input: [valueInfo('x', [1, 4])],
    output: [valueInfo('y', null)],
  });
}

const unsupported = modelBytes(13, {
  node: [
    { ...node('NonMaxSuppression', ['x', 'x'], ['a']), name: 'boxes' },
    { ...node('Conv', ['x', 'w'], ['y'], { auto_pad: 'SOMEHOW' }), name: 'conv' },
    { ...node('StringNormalizer', ['x'], ['z']), name: 'strings' },
  ],
  initializer: [floats('w', [1, 1, 3, 3], Array<number>(9).fill(0.1))],
  input: [valueInfo('x', [1, 1, 8, 8])],
  output: [valueInfo('y', null), valueInfo('z', null), valueInfo('a', null)],
});

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');

const EXTERNAL = {
  code: 'E_EXTERNAL_DATA',
  at: ['tensor "w"', 'model.onnx'],
  hint: /model's folder/,
} as const;

const CASES: readonly (readonly [name: string, model: Uint8Array, refusal: Refusal])[] = [
  ['a PNG image', PNG, { code: 'E_NOT_ONNX', message: /a PNG image/, at: ['model.onnx'], hint: /\.onnx/ }],
  [
    'an empty file',
    new Uint8Array(),
    { code: 'E_NOT_ONNX', message: /an empty file/, at: ['model.onnx'], hint: /again/ },
  ],
  [
    'a truncated model',
    smallModel().subarray(0, -20),
    { code: 'E_NOT_ONNX', message: /damaged or cut short/, at: ['model.onnx'], hint: /again/ },
  ],
  [
    'a model with one bit flipped in the name of an operator',
    flipped(smallModel(), 'Conv', 0x02),
    {
      code: 'E_OP',
      message: /^1 node of Aonv cannot be imported$/,
      at: ['node "conv" (Aonv): the operator is not supported'],
      hint: /export the model without/,
    },
  ],
  [
    'operators and attributes that are not supported',
    unsupported,
    {
      code: 'E_OP',
      message: /^3 nodes of NonMaxSuppression, Conv, StringNormalizer cannot be imported$/,
      at: [
        'node "boxes" (NonMaxSuppression): the operator is not supported',
        'node "conv" (Conv): auto_pad "SOMEHOW" is not supported',
        'node "strings" (StringNormalizer): the operator is not supported',
      ],
      hint: /export the model without/,
    },
  ],
  [
    'a dynamic shape',
    smallModel({ size: 'side' }),
    {
      code: 'E_SHAPE',
      message: /1 open dimension$/,
      at: ['input "x", axis 2 (side)', 'input "x", axis 3 (side)'],
      hint: /--dim side=<size>/,
    },
  ],
  [
    'a NaN among the weights',
    smallModel({ weights: [0, 0, 0, 0, Number.NaN, 0, 0, 0, 0] }),
    { code: 'E_NOT_FINITE', message: /NaN \(element 4\)/, at: ['tensor "w"'], hint: /diverged/ },
  ],
  [
    'external data that are missing',
    externalModel('weights.bin'),
    { ...EXTERNAL, message: /does not exist/ },
  ],
  ['external data above the folder', externalModel('../outside.bin'), { ...EXTERNAL, message: /outside/ }],
  ['external data with an absolute path', externalModel('/etc/passwd'), { ...EXTERNAL, message: /outside/ }],
  [
    'external data behind a link that leaves',
    externalModel('link.bin'),
    { ...EXTERNAL, message: /a link that leaves/ },
  ],
];

for (const [name, model, refusal] of CASES) {
  test(`quantize refuses ${name}`, () =>
    inFolder(async (root) => {
      const folder = join(root, 'inner');
      mkdirSync(folder);
      writeFileSync(join(root, 'outside.bin'), new Uint8Array(16));
      symlinkSync('../outside.bin', join(folder, 'link.bin'));
      writeFileSync(join(folder, 'data.f32'), smallData(2));
      writeFileSync(join(folder, 'model.onnx'), model);
      await refuses(folder, QUANTIZE, refusal);
    }));
}

/** The model with a bit of the first letter of `text` flipped, where it stands first. */
function flipped(bytes: Uint8Array, text: string, bit: number): Uint8Array {
  const at = Buffer.from(bytes).indexOf(text);
  assert.ok(at > 0, `there is no "${text}" in the model`);
  return bytes.map((byte, i) => (i === at ? byte ^ bit : byte));
}

test('an error for people is its message, its places and a hint, without a stack', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'model.onnx'), PNG);
    const { status, stdout, stderr } = await tinyml(['inspect', 'model.onnx'], { cwd: folder });
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.equal(
      stderr,
      'error[E_NOT_ONNX]: this is a PNG image, not an ONNX model\n  at: model.onnx\n  hint: pass a model file (.onnx)\n',
    );
  }));

test('inspect prints every node that cannot be imported, and exits 2', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'model.onnx'), unsupported);
    const { status, stdout, stderr } = await tinyml(['inspect', 'model.onnx', '--json'], { cwd: folder });
    assert.equal(status, 2);
    const document = JSON.parse(stdout);
    assert.deepEqual(
      document.unsupported.map((one: { node: string }) => one.node),
      ['boxes', 'conv', 'strings'],
    );
    assert.equal(JSON.parse(stderr).error.at.length, 3);
  }));

test('--dim gives a dynamic shape its value', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'data.f32'), smallData(2));
    writeFileSync(join(folder, 'model.onnx'), smallModel({ size: 'side' }));
    const { status, stderr } = await tinyml([...QUANTIZE, '--dim', 'side=8'], { cwd: folder });
    assert.equal(status, 0, stderr);
    await refuses(folder, [...QUANTIZE, '--dim', 'edge=8'], {
      code: 'E_USAGE',
      message: /no open dimension "edge"/,
      at: [],
      hint: /"side"/,
    });
  }));

test('quantize refuses what is quantised, deploy what is not', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    // It is said before data are read: 999 is more than there are.
    const many = ['-d', 'data.f32', '-n', '999'];
    const { stderr } = await tinyml(['quantize', 'model.int8.onnx', '-o', 'out.onnx', ...many], {
      cwd: folder,
    });
    assert.doesNotMatch(stderr, /W_SAMPLES/);
    await refuses(folder, ['quantize', 'model.int8.onnx', '-o', 'out.onnx', ...many], {
      code: 'E_QUANT',
      message: /quantised already/,
      at: ['tensor "x"'],
      hint: /float model/,
    });
    await refuses(folder, ['deploy', 'model.onnx', '-t', 'rp2040', '-o', 'firmware'], {
      code: 'E_QUANT',
      message: /not quantised/,
      at: [/"x"/],
      hint: /tinyml quantize/,
    });
  }));

test('deploy refuses a model that does not fit, unless forced; plan shows it and fails', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, { size: 32, channels: 40 }, true);
    const misfit: Refusal = {
      code: 'E_MEMORY',
      status: 1,
      message: /the arena needs 41,\d{3} bytes, a stack 512, and samd21g18 has 32,768 in /,
      at: [/^layer "conv" \(conv2d_words_s8\): 4\d[.\d]* KiB live, 1x32x32x40 out$/],
      hint: /smaller input or fewer channels at that layer lowers the peak; the form of the fewest bytes is .*: 4\d,\d{3}, too many as well; it fits on .*stm32f411/,
    };
    await refuses(folder, ['deploy', 'model.int8.onnx', '-t', 'samd21g18', '-o', 'firmware'], misfit);
    await refuses(folder, ['plan', 'model.int8.onnx', '-t', 'samd21g18'], { ...misfit, printed: true });
    const forced = await tinyml(
      ['deploy', 'model.int8.onnx', '-t', 'samd21g18', '-o', 'firmware', '--force'],
      {
        cwd: folder,
      },
    );
    assert.equal(forced.status, 0, forced.stderr);
  }));

test('a target that is not known is answered with the nearest names', () =>
  inFolder(async (folder) => {
    const refusal: Refusal = {
      code: 'E_PROFILE',
      message: /no device profile called "stm32h734"/,
      at: [],
      hint: /Did you mean stm32h743/,
    };
    await writeSmall(folder);
    await refuses(folder, [...QUANTIZE, '-t', 'stm32h734'], refusal);
    await refuses(folder, ['deploy', 'model.onnx', '-o', 'firmware', '-t', 'stm32h734'], refusal);
  }));
