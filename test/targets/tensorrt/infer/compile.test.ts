/** The C++ program of bundles compiles for every release. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { bundleFiles } from '../../../../src/targets/tensorrt/bundle/index.ts';
import { platformOf, smallInput } from '../bundle/small-input.ts';
import { HOSTILE } from './hostile.ts';
import { CUDA_STUB, spawn, stubFlags, succeed, TENSORRT_STUB, writeFiles } from './stub-board.ts';

/** One of every release. In FP16, of which there is no calibration cache: that could not hold the names below. */
const PLATFORMS = [
  platformOf('jetson-nano'),
  platformOf('jetson-agx-xavier', { jetpack: '5.1', precision: 'fp16' }),
  platformOf('jetson-agx-orin', { jetpack: '6.0', precision: 'fp16' }),
  platformOf('jetson-agx-orin', { jetpack: '6.2', precision: 'fp16', dla: 1 }),
  platformOf('jetson-thor-t5000', { jetpack: '7.1', precision: 'fp16' }),
  platformOf('jetson-orin-nano', { jetpack: '7.2', precision: 'fp16' }),
  platformOf('jetson-agx-orin', { jetpack: '7.2.2', precision: 'fp16' }),
];

const CHECK = ['-std=c++14', '-Wall', '-Wextra', '-Werror', '-fsyntax-only'];

test('infer.cpp compiles for every release with the names that it has', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-infer-'));
  try {
    for (const platform of PLATFORMS) {
      writeFiles(folder, bundleFiles(await smallInput(platform, HOSTILE)));
      const compile = ['g++', ...CHECK, ...stubFlags(platform), '-I', TENSORRT_STUB, '-I', CUDA_STUB];
      succeed(spawn([...compile, 'infer/infer.cpp'], folder));
    }
    // Ports of every type that the newest binds.
    const newest = PLATFORMS.at(-1)!;
    const input = await smallInput(newest);
    const types = ['float32', 'int8', 'uint8', 'int32', 'int64', 'bool'] as const;
    const outputs = types.map((bound) => ({ ...input.outputs[0]!, name: bound, bound }));
    writeFiles(folder, bundleFiles({ ...input, outputs, golden: [] }));
    const flags = [...stubFlags(newest), '-I', TENSORRT_STUB, '-I', CUDA_STUB];
    succeed(spawn(['g++', ...CHECK, ...flags, 'infer/infer.cpp'], folder));
    // Names that a release has not are no names of its stand-in.
    for (const [bindings, stub, missing] of [
      ['bindings-by-index.h', 1003, 'enqueueV2'],
      ['bindings-by-name.h', 802, 'enqueueV3'],
    ] as const) {
      const text = readFileSync(join('native/jetson/infer', bindings), 'utf8');
      writeFileSync(join(folder, 'infer/bindings.h'), text);
      const flags = [`-DTENSORRT_STUB=${stub}`, '-DCUDA_STUB=12', '-I', TENSORRT_STUB, '-I', CUDA_STUB];
      const { status, stderr } = spawn(
        ['g++', ...CHECK, ...flags, '-x', 'c++', 'infer/bindings.h', '-w'],
        folder,
      );
      assert.notEqual(status, 0);
      assert.match(stderr, new RegExp(missing));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const REAL = process.env.TENSORRT_INCLUDE;

test('infer.cpp compiles against the headers of TensorRT', { skip: REAL === undefined }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-infer-'));
  try {
    writeFileSync(
      join(folder, 'version.cpp'),
      '#include <NvInferVersion.h>\nNV_TENSORRT_MAJOR.NV_TENSORRT_MINOR\n',
    );
    const version = spawn(['g++', '-E', '-P', '-isystem', REAL!, 'version.cpp'], folder).stdout.replaceAll(
      /\s/g,
      '',
    );
    const platform =
      PLATFORMS.find(({ release }) => release.id === version) ??
      PLATFORMS.find(({ release }) => release.id.split('.')[0] === version.split('.')[0]);
    assert.ok(platform, `no bundle is for TensorRT ${version}`);
    writeFiles(folder, bundleFiles(await smallInput(platform, HOSTILE)));
    const headers = ['-isystem', REAL!, ...stubFlags(platform), '-I', CUDA_STUB];
    succeed(spawn(['g++', ...CHECK, ...headers, 'infer/infer.cpp'], folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
