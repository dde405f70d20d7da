/** The C++ program of bundles, run on libraries that stand in for TensorRT and CUDA. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Platform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { platformOf, smallInput } from '../bundle/small-input.ts';
import { HOSTILE } from './hostile.ts';
import { type EngineChanges, stubEngine, stubFlags, succeed, withStubBoard } from './stub-board.ts';

/** Ports bound by index, and by name. In FP16, of which there is no calibration cache: that could not hold the names. */
const PLATFORMS = [
  platformOf('jetson-nano'),
  platformOf('jetson-agx-orin', { jetpack: '6.2', precision: 'fp16', dla: 1 }),
];

for (const platform of PLATFORMS) {
  test(`infer runs engines, and says what is wrong: TensorRT ${platform.release.id}`, async () => {
    const input = await smallInput(platform, HOSTILE);
    const isNew = platform.release.id === '10.3';
    withStubBoard(input, isNew, ({ folder, infer, run }) => {
      const engine = join(folder, 'build/small.engine');
      const made = (changes?: EngineChanges): void => writeFileSync(engine, stubEngine(input, changes));

      const missing = infer([]);
      assert.equal(missing.status, 2);
      assert.match(
        missing.stderr,
        /error: cannot read \.\/build\/small\.engine\nhint: build it with \.\/build\.sh/,
      );

      made();
      const good = infer([]);
      assert.equal(good.status, 0, good.stderr);
      assert.deepEqual(
        [...good.stdout.matchAll(/^golden (\S+) output "(.*)": off by 0 at 0 .*: pass$/gm)].map(
          ([, name]) => name,
        ),
        input.golden.map(({ name }) => name),
      );
      // Names are shown so that no terminal acts on them.
      assert.match(good.stdout, /"out'put, \\x22\\x5c0 %n%n \?\?' \\xf0\\x9f\\x8e\\x89\\x0d\\x0a:0"/);
      const core = platform.dlaCore === null ? '' : `stub: DLA core ${platform.dlaCore}\n`;
      assert.equal(good.stderr, core);
      assert.equal(existsSync(join(folder, 'owned')), false);

      const timed = infer(['--iterations', '30', '--cuda-graph']);
      assert.equal(timed.status, 0, timed.stderr);
      assert.match(timed.stdout, /^runs 30, ms on the GPU: min \d+\.\d+ mean .* p99 \S+ max \S+$/m);
      assert.equal(timed.stderr.match(/stub: graph/g)?.length, 30);

      made({ isCapturable: false });
      const apart = infer(['--iterations', '2', '--cuda-graph']);
      assert.equal(apart.status, 0, apart.stderr);
      assert.match(apart.stderr, /note: this engine does what no CUDA graph may hold/);

      made({ offset: 2 * Math.max(...input.golden.map(({ tolerances }) => tolerances[0]!)) });
      const bad = infer(['--golden']);
      assert.equal(bad.status, 1);
      assert.equal(bad.stdout.match(/: FAIL$/gm)?.length, input.golden.length);

      made();
      succeed(infer(['--input', 'golden/noise-input0.bin', '--output', 'build/scores.bin']));
      assert.deepEqual(
        readFileSync(join(folder, 'build/scores.bin')),
        readFileSync(join(folder, 'golden/noise-output0.bin')),
      );

      const refused = (args: readonly string[], message: RegExp, env = {}): void => {
        const { status, stderr } = infer(args, env);
        assert.equal(status, 2, stderr);
        assert.match(stderr, message);
        assert.match(stderr, /^hint: .+$/m);
        assert.doesNotMatch(stderr, /not freed|Sanitizer/);
      };
      writeFileSync(join(folder, 'build/short.bin'), new Uint8Array(100));
      refused(['--input', 'build/short.bin'], /build\/short\.bin has 100 bytes; .* takes 768/);
      refused(['--input', 'build'], /cannot read build/);
      refused(['--input', 'a', '--input', 'b'], /2 --input; the model has 1/);
      refused(['--output', 'a'], /1 --output; the model has 1/);
      refused(['--input', 'golden/noise-input0.bin', '--output', 'no/such'], /cannot write no\/such/);
      refused(['--iterations', '0'], /not a number from 1/);
      refused(['--iterations'], /needs a value/);
      refused(['--what\u001b[2J'], /no option "--what\\x1b\[2J"/);
      refused([], /no device memory: out of memory/, { STUB_NO_MEMORY: '1' });
      const other = { STUB_VERSION: '8403' };
      refused([], /for TensorRT .*; the library here is of version 8403/, other);
      assert.equal(infer(['--force'], other).status, 0);

      made({ release: '9.0' });
      refused([], /TensorRT: the engine is not of this release\nerror: TensorRT does not take/);
      made({ isLinear: false });
      refused(
        [],
        /is not an engine of this bundle:\n {2}input .* is not in row-major order\n {2}output .*row-major/,
      );
      const [output] = input.outputs;
      made({ outputs: [{ ...output!, shape: [1, 11] }] });
      refused([], /output .* has another shape/);
      made({ outputs: [{ ...output!, bound: 'int32' }] });
      refused([], /output .* is of another type/);
      made({ outputs: [output!, { ...output!, name: 'more' }] });
      refused([], /3 inputs and outputs; the bundle has 2/);
      made({ outputs: [{ ...output!, name: 'scores' }] });
      refused([], /output .* is not there/);
      writeFileSync(engine, '');
      refused([], /TensorRT does not take/);

      if (!isNew) return;
      succeed(run(['cmake', '-S', 'infer', '-B', 'build/cmake', ...roots(folder), ...cmakeFlags(platform)]));
      succeed(run(['cmake', '--build', 'build/cmake']));
      assert.equal(run(['build/cmake/infer', '--help']).status, 0);
      const nowhere = ['-DTENSORRT_ROOT=/nowhere', '-DCUDA_ROOT=/nowhere'];
      assert.match(
        run(['cmake', '-S', 'infer', '-B', 'build/other', ...nowhere]).stderr,
        /TensorRT is not here/,
      );
    });
  });
}

function roots(folder: string): readonly string[] {
  return [`-DTENSORRT_ROOT=${join(folder, '../tensorrt')}`, `-DCUDA_ROOT=${join(folder, '../cuda')}`];
}

function cmakeFlags(platform: Platform): readonly string[] {
  return ['-DCMAKE_BUILD_TYPE=Debug', `-DCMAKE_CXX_FLAGS=-Werror ${stubFlags(platform).join(' ')}`];
}
