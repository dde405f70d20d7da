/** Skipping what did not change: never another byte, whatever the network, the frames and the masks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMachine } from '../../../src/engine/index.ts';
import type { Kernels } from '../../../src/engine/load.ts';
import { guardSteps } from '../../../src/lower/int8/guard-steps.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { planMemory } from '../../../src/program/plan.ts';
import type { Program } from '../../../src/program/program.ts';
import { createRunnerOn } from '../../../src/program/run.ts';
import { stateTensors } from '../../../src/program/state.ts';
import { compiledKernels } from '../../engine/programs.ts';
import { pick } from '../../native/random.ts';
import { randomFrames, randomGated } from './random-gated.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 } as const;

const executors: readonly Kernels[] = [{ kind: 'typescript', reason: 'asked for' }, ...compiledKernels()];

/** Runs a Program; gives its outputs, and the state that it shares with another by name. */
function runnerOf(program: Program, names: ReadonlySet<string>, kernels: Kernels = executors[0]!) {
  const plan = planMemory(program, OPTIONS);
  const machine = createMachine(program, plan, kernels);
  const run = createRunnerOn(program, plan, machine);
  const shared = stateTensors(program).filter((id) => names.has(program.tensors[id]!.name));
  return {
    reset: run.reset,
    run: (inputs: readonly Int8Array[]) => ({
      outputs: run(inputs),
      state: Object.fromEntries(shared.map((id) => [program.tensors[id]!.name, machine.view(id).slice()])),
    }),
  };
}

test('a guarded Program gives the bytes of the unguarded one, frame by frame, and after a reset', () => {
  const used = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const random = seededRandom(seed);
    const gated = randomGated(random);
    const { program } = gated;
    const masks = program.tensors.filter(({ name }) => name.startsWith('mask'));
    const denseAbove = new Map(masks.map(({ name }) => [name, pick(random, [0, 0.3, 0.8, 1])]));
    const guarded = guardSteps(program, { ends: new Set(random() < 0.3 ? ['n5'] : []), denseAbove });
    const names = new Set(stateTensors(program).map((id) => program.tensors[id]!.name));
    const [want, got] = [runnerOf(program, names), runnerOf(guarded, names, pick(random, executors))];
    for (const { kernel } of guarded.steps) used.add(kernel);
    for (let round = 0; round < 2; round++) {
      randomFrames(random, gated, 8).forEach((inputs, frame) => {
        assert.deepEqual(got.run(inputs), want.run(inputs), `seed ${seed}, round ${round}, frame ${frame}`);
      });
      want.reset();
      got.reset();
    }
  }
  for (const kernel of [
    'conv2d',
    'depthwise_conv2d',
    'add',
    'mul',
    'lut',
    'max_pool2d',
    'avg_pool2d',
    'mean_pool2d',
  ]) {
    assert.ok(used.has(`${kernel}_tiles_s8`), `${kernel} was never guarded`);
  }
  for (const kernel of ['dilate_tiles_s32', 'unite_tiles_s32']) assert.ok(used.has(kernel), kernel);
});
