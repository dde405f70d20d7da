/** What `tinyml train` refuses before it trains, in processes as users start them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tinyml } from './run.ts';
import { inFolder, type Refusal, refuses, writeSmall } from './small.ts';

const TRAIN = ['train', 'model.onnx', '-o', 'out.onnx', '-d', 'data.f32'] as const;

const USAGE: readonly (readonly [
  args: readonly string[],
  message: RegExp,
  at: readonly RegExp[],
  hint: RegExp,
])[] = [
  [['train', 'model.onnx', '-d', 'data.f32'], /--output <file> is missing/, [], /TINYML_OUTPUT/],
  [['train', 'model.onnx', '-o', 'out.onnx'], /--data <path> is missing/, [], /TINYML_DATA/],
  [[...TRAIN, '--method', 'int4'], /one of octo, qat, float/, [/--method/], /^$/],
  [[...TRAIN, '--bits-g', '9'], /from 2 to 8/, [/--bits-g/], /^$/],
  [[...TRAIN, '--lr', 'fast'], /a number from/, [/--lr/], /^$/],
  [[...TRAIN, '--prc', 'best'], /--prc takes off, fixed/, [/--prc/], /mse/],
  [[...TRAIN, '--scheme', 'last:none'], /--scheme takes full, last/, [/--scheme/], /last:2/],
  [[...TRAIN, '--schedule', 'step:2@1'], /--schedule takes constant/, [/--schedule/], /step:0\.1/],
  [[...TRAIN, '--warmup', 'some'], /--warmup takes/, [/--warmup/], /2epochs/],
  [[...TRAIN, '--augment', 'flip,blur'], /--augment takes .*"blur"/, [/--augment/], /flip,crop:4/],
  [[...TRAIN, '--resume'], /--resume needs --checkpoint/, [/--resume/], /--checkpoint/],
  [[...TRAIN, '--patience', '3'], /--patience needs validation/, [/--patience/], /--validation-share/],
  [
    [...TRAIN, '--validation', 'data.f32', '--validation-share', '10%'],
    /two sets of validation/,
    [/--validation, --validation-share/],
    /one/,
  ],
  [[...TRAIN, '--optimizer', 'adam', '--momentum', '0.5'], /--momentum is for sgd/, [/--momentum/], /sgd/],
  [[...TRAIN, '--weights', 'int8', '--optimizer', 'adam'], /updated by sgd/, [/--optimizer/], /sgd/],
  [[...TRAIN, '--weights', 'int8', '--method', 'qat'], /for --method octo/, [/--weights/], /Leave it out/],
  [[...TRAIN, '--faithful', '--method', 'float'], /for --method octo/, [/--faithful/], /Leave it out/],
  [[...TRAIN, '--backend', 'tfjs-node'], /tfjs-node trains in float/, [/--backend/], /--method float/],
  [[...TRAIN, '--loss', 'mse', '--classes', '3'], /for --loss cross-entropy/, [/--classes/], /Leave it out/],
  [
    [...TRAIN, '--checkpoint', 'out.onnx'],
    /--checkpoint and --output are the same file/,
    [/out\.onnx/],
    /of its own/,
  ],
];

test('options that make no sense are refused', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    for (const [args, message, at, hint] of USAGE) {
      await refuses(folder, args, { code: 'E_USAGE', message, at, hint });
    }
  }));

test('a scheme file is checked', () =>
  inFolder(async (folder) => {
    await writeSmall(folder);
    writeFileSync(join(folder, 'scheme.json'), '{"bias": 3}');
    await refuses(folder, [...TRAIN, '--scheme', 'scheme.json'], {
      code: 'E_USAGE',
      message: /bias/,
      at: [/scheme\.json: top level/],
      hint: /"biases"/,
    });
  }));

test('data and models that cannot be trained on are refused', () =>
  inFolder(async (folder) => {
    await writeSmall(folder, {}, true);
    const cases: readonly (readonly [args: readonly string[], refusal: Refusal])[] = [
      [TRAIN, { code: 'E_DATA', message: /sample 0 has no label/, at: ['data.f32'], hint: /--loss mse/ }],
      [
        [...TRAIN, '--eval', 'nowhere'],
        { code: 'E_FILE', message: /does not exist/, at: ['nowhere'], hint: /path/ },
      ],
      [
        ['train', 'model.int8.onnx', '-o', 'out.onnx', '-d', 'data.f32'],
        { code: 'E_QUANT', message: /quantised already/, at: ['model.int8.onnx'], hint: /float model/ },
      ],
    ];
    for (const [args, refusal] of cases) await refuses(folder, args, refusal);
  }));

test('--help shows how to train', async () => {
  const { status, stdout } = await tinyml(['train', '--help']);
  assert.equal(status, 0);
  assert.match(stdout, /--method <kind>.*octo, qat, float; default: octo/s);
  assert.match(stdout, /Examples:\n {2}\$ tinyml train model\.onnx -o trained\.onnx --data train\.npz/);
});
