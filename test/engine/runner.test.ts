/** Whole programs: the engine gives the bytes, the layers and the errors of the reference. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { createRunner } from '../../src/engine/index.ts';
import { lower } from '../../src/lower/lower.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createRunner as createReference } from '../../src/program/run.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import { generateInputs } from '../../src/targets/cortex-m/golden.ts';
import { GENERATED_PATTERNS } from '../../src/targets/cortex-m/stream.ts';
import { chain } from '../program/programs.ts';
import { smallProgram } from '../targets/small-model.ts';
import { compiledKernels } from './programs.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const compiled = compiledKernels();
/** The best of each kind. */
const best = compiled.filter(({ library, isa }) => isa === library.isas.at(-1));

function inputsOf(program: Program, pattern: (typeof GENERATED_PATTERNS)[number]): readonly ProgramArray[] {
  return generateInputs(
    program.inputs.map((port) => program.tensors[port.tensor]!),
    pattern,
  );
}

function bytesOf(array: ProgramArray): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}

for (const kernels of best) {
  for (const [name, program] of [
    ['a small network', smallProgram()],
    ['a chain of copies', chain([40, 40, 7, 7])],
  ] as const) {
    test(`${kernels.kind}, ${name}: outputs and layers are those of the reference, run after run`, () => {
      const plan = planMemory(program, OPTIONS);
      const runners = [createReference(program, plan), createRunner(program, plan, kernels)];
      for (const pattern of [...GENERATED_PATTERNS, ...GENERATED_PATTERNS]) {
        const inputs = inputsOf(program, pattern);
        const [reference, engine] = runners.map((run) => {
          const layers: string[] = [];
          const stepped = run(inputs, (step, index, written) => {
            layers.push(`${index} ${step.name} ${written.map((array) => bytesOf(array).toString('hex'))}`);
          });
          assert.deepEqual(run(inputs), stepped, `${pattern}: a visitor changes the outputs`);
          return { layers, stepped };
        });
        assert.deepEqual(engine, reference, pattern);
      }
    });
  }

  test(`${kernels.kind}: outputs are copies: the next run does not change them`, () => {
    const program = chain([8, 8]);
    const run = createRunner(program, planMemory(program, OPTIONS), kernels);
    const [first] = run([Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8)]);
    run([new Int8Array(8)]);
    assert.deepEqual(first, Int8Array.of(1, 2, 3, 4, 5, 6, 7, 8));
  });

  test(`${kernels.kind}: an input of the wrong length is refused as the reference refuses it`, () => {
    const program = chain([8, 8]);
    const run = createRunner(program, planMemory(program, OPTIONS), kernels);
    assert.throws(() => run([new Int8Array(7)]), {
      code: 'E_DATA',
      message: /7 values, the model takes 8/,
    });
  });

  test(`${kernels.kind}: a plan that puts an output on an input that is still read is refused`, () => {
    const program = chain([8, 8]);
    const plan = planMemory(program, OPTIONS);
    const placements = plan.placements.map((placement, i) => ({ ...placement, offset: 4 * i }));
    assert.throws(() => createRunner(program, { ...plan, placements }, kernels), {
      code: 'E_INTERNAL',
      message: /lies on another operand/,
      at: ['step 0, "s0" (copy_s8)'],
    });
  });
}

test('without compiled kernels the reference runs', () => {
  const program = smallProgram();
  const plan = planMemory(program, OPTIONS);
  const inputs = inputsOf(program, 'noise');
  const run = createRunner(program, plan, { kind: 'typescript', reason: 'asked for' });
  assert.deepEqual(run(inputs), createReference(program, plan)(inputs));
});

/** CRC-32 of the int8 outputs for the zeros, ramp and noise inputs. */
const GOLDEN = {
  ad: [186786834, 4259026607, 1025140118],
  kws: [2037802557, 320016016, 306865166],
  ic: [2953493496, 1606440634, 2467236902],
  vww: [4001652998, 2429724054, 3438855875],
} as const;

const models = join(packageRoot(), '..', 'shared', 'models', 'mlperf-tiny');
const skip = existsSync(models) ? false : 'the MLPerf Tiny models are not on this machine';

for (const [name, crcs] of Object.entries(GOLDEN)) {
  test(`${name}-int8 gives the golden bytes in every instruction set`, { skip }, async () => {
    const program = lower(
      prepareGraph(await loadModel(join(models, `${name}-int8.onnx`)), { deadChannels: false }),
    );
    const plan = planMemory(program, OPTIONS);
    for (const kernels of compiled) {
      const run = createRunner(program, plan, kernels);
      const got = GENERATED_PATTERNS.map((pattern) => crc32(bytesOf(run(inputsOf(program, pattern))[0]!)));
      assert.deepEqual(got, crcs, `${kernels.kind}, ${kernels.isa}`);
    }
  });
}
