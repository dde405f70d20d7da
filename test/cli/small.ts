/** A small model, its data, and the files of a command in a folder of its own. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/numbers/random.ts';
import { packageRoot } from '../../src/package-root.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { type RunOptions, tinyml } from './run.ts';

export const FIXTURE = join(packageRoot(), 'fixtures', 'fashion-mnist');

/** Runs a body in a new folder, which is removed afterwards. */
export async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-cli-'));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export type SmallModel = {
  /** Height and width of the input, one channel. */
  readonly size?: number | string;
  readonly channels?: number;
  readonly weights?: readonly number[];
};

/** float32 [1, 1, size, size] in, Conv 3x3 with padding "conv", Relu "relu", float32 [1, channels, size, size] out. */
export function smallModel({ size = 8, channels = 1, weights }: SmallModel = {}): Uint8Array {
  const random = seededRandom(3);
  const values = weights ?? Array.from({ length: 9 * channels }, () => random() - 0.5);
  return modelBytes(13, {
    node: [
      { ...node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }), name: 'conv' },
      { ...node('Relu', ['c'], ['y']), name: 'relu' },
    ],
    initializer: [floats('w', [channels, 1, 3, 3], values)],
    input: [valueInfo('x', [1, 1, size, size])],
    output: [valueInfo('y', null)],
  });
}

/** Raw float32 samples, as a `.f32` file holds them. */
export function smallData(samples: number, valuesPerSample = 64): Uint8Array {
  const random = seededRandom(5);
  const values = Float32Array.from({ length: samples * valuesPerSample }, () => random() * 2 - 1);
  return new Uint8Array(values.buffer);
}

/** Writes `model.onnx` and `data.f32`, and quantises the model to `model.int8.onnx` where it is wanted. */
export async function writeSmall(folder: string, model: SmallModel = {}, quantized = false): Promise<void> {
  const size = typeof model.size === 'number' ? model.size : 8;
  writeFileSync(join(folder, 'model.onnx'), smallModel(model));
  writeFileSync(join(folder, 'data.f32'), smallData(8, size * size));
  if (!quantized) return;
  const args = ['quantize', 'model.onnx', '-o', 'model.int8.onnx', '-d', 'data.f32', '-n', '2'];
  const { status, stderr } = await tinyml(args, { cwd: folder });
  assert.equal(status, 0, stderr);
}

/** The first `count` images of a pair of IDX files of the fixture, under the same names in `folder`. */
export function cutImages(folder: string, name: 'calibration' | 'evaluation', count: number): string {
  const images = `${name}-images-idx3-ubyte`;
  for (const [file, header, bytes] of [
    [images, 16, 28 * 28],
    [`${name}-labels-idx1-ubyte`, 8, 1],
  ] as const) {
    const cut = readFileSync(join(FIXTURE, file)).subarray(0, header + count * bytes);
    cut.writeUInt32BE(count, 4);
    writeFileSync(join(folder, file), cut);
  }
  return images;
}

/** Every file below a folder with its bytes, by path. */
export function filesIn(folder: string): ReadonlyMap<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return new Map(
    paths.flatMap((path) => {
      const file = existsSync(join(folder, path)) ? statSync(join(folder, path)) : null; // links in circles too
      return file?.isFile() ? [[path, readFileSync(join(folder, path))] as const] : [];
    }),
  );
}

export type Refusal = {
  readonly code: string;
  readonly status?: number;
  readonly message: RegExp;
  /** The places, most important first; null where the error has none. */
  readonly at: readonly (string | RegExp)[];
  readonly hint: RegExp;
  /** Whether the result is printed before the error; else stdout stays empty. */
  readonly printed?: boolean;
};

/**
 * Runs a command that must refuse its input, with --json and then checks the one error document, and that no file in
 * `folder` came, went or changed.
 */
export async function refuses(
  folder: string,
  args: readonly string[],
  expected: Refusal,
  options: RunOptions = {},
): Promise<void> {
  const { code, status = 2, message, at, hint, printed = false } = expected;
  const before = filesIn(folder);
  const result = await tinyml([...args, '--json', '--quiet'], { cwd: folder, ...options });
  const call = args.join(' ');
  assert.equal(result.status, status, `${call}\n${result.stderr}`);
  assert.equal(result.stdout !== '', printed, `${call} printed: ${result.stdout}`);
  assert.match(result.stderr, /^\{.*\}\n$/, `${call}: not one document on stderr`);
  const { schema, error } = JSON.parse(result.stderr);
  assert.equal(schema, 1);
  assert.equal(error.code, code, `${call}\n${result.stderr}`);
  assert.match(error.message, message);
  assert.equal(error.at.length, at.length, `places of ${call}: ${JSON.stringify(error.at)}`);
  at.forEach((place, i) => {
    if (typeof place === 'string') assert.equal(error.at[i], place);
    else assert.match(error.at[i], place);
  });
  assert.match(error.hint ?? '', hint, `the hint of ${call}`);
  assert.equal('stack' in error, false, 'a stack without --verbose');
  assert.deepEqual([...filesIn(folder).keys()], [...before.keys()], `${call} changed which files there are`);
  for (const [path, bytes] of filesIn(folder)) {
    assert.ok(bytes.equals(before.get(path)!), `${call} changed ${path}`);
  }
}
