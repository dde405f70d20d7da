import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { guardSteps } from '../../src/lower/int8/guard-steps.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import type { KernelLibrary } from '../../src/program/implementation.ts';
import type { Program } from '../../src/program/program.ts';
import { buildSizes } from '../../src/targets/cortex-m/build-sizes.ts';
import type { BundleFile } from '../../src/targets/cortex-m/bundle.ts';
import { cmsisNnSources } from '../../src/targets/cortex-m/cmsis-nn.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { randomGated } from '../lower/int8/random-gated.ts';
import { withBundles } from './folder.ts';
import { bundleInput, denseProgram, smallBundle } from './small-model.ts';

function textOf(files: readonly BundleFile[], path: string): string {
  const file = files.find((one) => one.path === path);
  assert.ok(file, `${path} is not in the bundle`);
  return String(file.contents);
}

test('both libraries get the same model source; with CMSIS-NN the tables may be read past their end', () => {
  const bundle = (library: KernelLibrary) =>
    smallBundle({ program: denseProgram(), library, target: 'stm32f411' });
  const [builtin, cmsisNn] = [bundle('builtin'), bundle('cmsis-nn')];
  assert.equal(textOf(builtin, 'small.c'), textOf(cmsisNn, 'small.c'));
  assert.match(textOf(builtin, 'small_weights.h'), /int8_t small_table0\[48\]/);
  assert.match(textOf(cmsisNn, 'small_weights.h'), /int8_t small_table0\[64\]/);
  assert.match(textOf(cmsisNn, 'small_weights.h'), /int32_t small_table1\[8\]/);
  const paths = cmsisNn.map(({ path }) => path).filter((path) => path.startsWith('kernels/'));
  assert.ok(paths.includes('kernels/cmsis-nn/fully_connected_s8.c'));
  assert.ok(paths.includes('kernels/generic/fully_connected_s8.inc'), 'the fallback is missing');
  assert.doesNotMatch(textOf(cmsisNn, 'Makefile'), /^ {2}kernels\/generic\/fully_connected_s8\.c/m);
});

/** A network whose steps compute tiles. */
function gatedProgram(): Program {
  const kinds = ['conv', 'depthwise', 'pointwise', 'lut', 'add', 'reuse'] as const;
  return guardSteps(randomGated(seededRandom(33), kinds).program);
}

test('with CMSIS-NN the twins of tile lists are our own', () => {
  const files = smallBundle({ program: gatedProgram(), library: 'cmsis-nn', target: 'stm32f411' });
  const makefile = textOf(files, 'Makefile');
  for (const name of ['conv2d_tiles_s8', 'depthwise_conv2d_tiles_s8', 'tinyml_quad', 'tinyml_tile_set']) {
    assert.match(makefile, new RegExp(`kernels/generic/${name.replace('tinyml', 'small')}\\.c`));
  }
});

test('without CMSIS-NN make and verification say what to set', async () => {
  await withBundles([smallBundle({ library: 'cmsis-nn' })], async (folder) => {
    const { status, stderr } = spawnSync('make', ['CMSIS_NN_DIR=nowhere'], {
      cwd: folder!,
      encoding: 'utf8',
    });
    assert.notEqual(status, 0);
    assert.match(stderr, /set CMSIS_NN_DIR to a folder with CMSIS-NN/);
    await assert.rejects(
      verifyBundle(folder!, { on: ['host'], cmsisNnDir: folder! }),
      (error) =>
        error instanceof TinymlError && error.code === 'E_TOOLCHAIN' && /CMSIS_NN_DIR/.test(error.hint!),
    );
    await assert.rejects(
      verifyBundle(folder!, { on: ['qemu'], cores: ['m55'] }),
      (error) => error instanceof TinymlError && error.code === 'E_USAGE' && error.at.includes('--on m55'),
    );
  });
});

test('sources are chosen by pattern', async () => {
  const paths = ['ConvolutionFunctions/arm_convolve_s8.c', 'ConvolutionFunctions/arm_convolve_s4.c'];
  const families = ['BasicMath', 'FullyConnected', 'NNSupport', 'Pooling', 'Softmax'];
  const files = [
    ...['Include/arm_nnfunctions.h', ...paths.map((path) => `Source/${path}`)],
    ...families.map((family) => `Source/${family}Functions/README`),
  ].map((path) => ({ path, contents: '' }));
  await withBundles([files, []], (folder, empty) => {
    assert.deepEqual(cmsisNnSources(folder!), [paths[0]]);
    assert.deepEqual(cmsisNnSources(empty!), []);
  });
});

const folderOfCmsisNn = process.env.CMSIS_NN_DIR;
const skip = folderOfCmsisNn === undefined ? 'CMSIS_NN_DIR does not name a folder with CMSIS-NN' : false;

for (const [target, cores] of [
  ['stm32f411', ['cortex-m4', 'cortex-m7', 'cortex-m33']],
  ['corstone-300', ['cortex-m55']],
] as const) {
  test(`linked with CMSIS-NN for ${target}, every layer is bit-exact`, { skip }, async () => {
    const bundles = [{}, { program: gatedProgram() }].map((of) =>
      smallBundle({ ...of, library: 'cmsis-nn', target }),
    );
    await withBundles(bundles, async (...folders) => {
      for (const folder of folders) {
        const result = await verifyBundle(folder, { on: ['host', 'qemu'], layers: true });
        assert.deepEqual(
          result.runs.map(({ core, bitExact }) => [core, bitExact]),
          ['host', ...cores].map((core) => [core, true]),
        );
      }
    });
    const sizes = await buildSizes(bundleInput({ library: 'cmsis-nn', target }));
    assert.ok(sizes !== null && sizes.flashBytes > 4096);
  });
}
