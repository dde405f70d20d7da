/** Firmware that trains: the bytes of the reference after any number of steps, and parameters that are kept and refused. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { crc32 } from 'node:zlib';
import type { IndexedDataset } from '../../src/data/types.ts';
import { openDevice } from '../../src/fleet/serial/device.ts';
import { startEmulated } from '../../src/fleet/serial/emulated.ts';
import type { Graph, TypedArray } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { regularise } from '../../src/passes/pipeline.ts';
import { coreFeatures } from '../../src/profiles/cortex-m.ts';
import type { Program } from '../../src/program/program.ts';
import { createMachine, type Machine } from '../../src/program/run.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import type { TensorId } from '../../src/program/types.ts';
import type { BoardId } from '../../src/targets/cortex-m/boards.ts';
import { requireTool } from '../../src/targets/cortex-m/toolchain.ts';
import { stepPacker } from '../../src/targets/cortex-m/training/prefix.ts';
import { openTrainingSession } from '../../src/targets/cortex-m/training/session.ts';
import { plansOf } from '../../src/targets/cortex-m/training/training.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadFleetFirmware } from '../../src/targets/index.ts';
import type { DeviceTraining } from '../../src/train/compile/device.ts';
import type { TrainerOptions } from '../../src/train/options.ts';
import { epochOrder, upTo } from '../../src/train/run/batches.ts';
import { ownTarget } from '../../src/train/run/device.ts';
import { planStep } from '../../src/train/run/plan.ts';
import { createTrainer } from '../../src/train/run/trainer.ts';
import { loadCortexM } from '../cortex-m.ts';
import type { Changes } from '../train/networks.ts';
import { settings } from '../train/networks.ts';
import { withBundles } from './folder.ts';
import {
  bottlenecks,
  CASES,
  classifier,
  fixedRangesOf,
  LEARNING_RATE,
  RECONSTRUCTIONS,
  trainedBundle,
  trainingOf,
  WIDE,
} from './trained-firmware.ts';

/** One on an emulated core; `npm run bench:training` runs all on all. */
const EMULATED = new Map<string, BoardId>([['full, int8 weights, SGD, stochastic', 'm4']]);

describe('training in firmware gives the bytes of the reference, before parameters are kept and after', () => {
  for (const [title, changes] of CASES) {
    test(title, async () => {
      const board = EMULATED.get(title);
      await withBundles([await trainedBundle(changes, 'stm32h743')], async (folder) => {
        const { runs } = await verifyBundle(folder!, {
          on: board === undefined ? ['host'] : ['host', 'qemu'],
          ...(board === undefined ? {} : { cores: [board] }),
          steps: 100,
        });
        assert.equal(runs.length, board === undefined ? 1 : 2);
        for (const { core, training, bitExact } of runs) {
          assert.deepEqual({ ...training!, instructions: null }, PASSED, core);
          assert.ok(bitExact, core);
        }
      });
    });
  }
});

describe('an auto-encoder learns in firmware what it learns at the desk', () => {
  for (const [title, [graph, changes]] of RECONSTRUCTIONS) {
    test(title, async () => {
      await rehearses(graph(), changes);
      const boards: readonly BoardId[] = title === EMULATED_RECONSTRUCTION ? ['m4'] : [];
      await withBundles([await trainedBundle(changes, 'stm32h743', graph())], async (folder) => {
        const { runs } = await verifyBundle(folder!, {
          on: boards.length === 0 ? ['host'] : ['host', 'qemu'],
          cores: boards,
          steps: 100,
        });
        assert.equal(runs.length, 1 + boards.length);
        for (const { core, training, bitExact } of runs) {
          assert.deepEqual({ ...training!, instructions: null }, PASSED, core);
          assert.ok(bitExact, core);
        }
      });
    });
  }
});

test('an auto-encoder on a serial line learns the samples that it is told to, as the reference does', async () => {
  const [graph, changes] = RECONSTRUCTIONS.get('last:2 behind a frozen prefix')!;
  const { programs, options } = await trainingOf(changes, graph());
  const session = sessionOf(programs, options);
  const encode = sampleEncoder(programs.inference);
  const rate = Math.fround(LEARNING_RATE);
  const [samples, first, steps] = [5, 3, 7];
  for (let i = 0; i < steps; i++) {
    session.train(encode([streamSample((first + i) % samples)])[0]!, 0, rate);
  }
  await withBundles([await trainedBundle(changes, 'stm32h743', graph())], async (folder) => {
    const firmware = await loadFleetFirmware(folder!);
    assert.equal(firmware.input.classes, null);
    await firmware.emulate(async (emulated) => {
      const set = randomData(samples, 0);
      const parts = [
        [0, 1, 2, 3, 4],
        [0, 1],
      ].map((indices) => ({ set, indices }));
      const { program, args } = emulated(parts[0]!, parts[1]!);
      const device = await openDevice(startEmulated(program, args, 'device'), 10_000);
      try {
        const { made, refused } = await device.train(first, steps, rate);
        assert.deepEqual([made, refused, (await device.evaluate(2)).made], [steps, 0, 2]);
        const record = await device.save();
        const state = session.state();
        // Between a header of 24 bytes and a sum.
        assert.deepEqual(record.slice(24, -4), state);
      } finally {
        device.close();
      }
    });
  });
});

const EMULATED_RECONSTRUCTION = 'full, int8 weights, fixed ranges';

test('a network whose output is no reconstruction is not trained as one', async () => {
  const changes: Changes = { loss: { kind: 'mean-squared-error' } };
  await assert.rejects(trainingOf(changes), /E_SHAPE|no reconstruction/);
});

/** Trains firmware's Programs and the desk beside each other, with the same bytes after each step. */
async function rehearses(graph: Graph, changes: Changes): Promise<DeviceTraining> {
  const { programs, options: own } = await trainingOf(changes, graph);
  const options = own.octo.ranges === 'fixed' ? { ...own, loss: ownTarget(own.loss) } : own;
  const desk = createTrainer(regularise(graph), options, await fixedRangesOf(options, graph));
  const { tensors } = programs.step;
  const named = new Map(
    tensors.flatMap(({ name, storage }, id) => (storage.kind === 'state' ? [[name, id] as const] : [])),
  );
  const firsts = [...desk.state()].map(([name, own]) => {
    const id = named.get(name);
    // Ranges of outputs are for the file that the desk writes.
    if (id === undefined) return [name, own] as const;
    const { storage } = tensors[id]!;
    return [name, (storage as { readonly initial: TypedArray }).initial] as const;
  });
  desk.restore(new Map(firsts));
  const session = sessionOf(programs, options);
  const encode = sampleEncoder(programs.inference);
  for (let step = 0; step < 12; step++) {
    const inputs = randomSample(step);
    const label = step % 3;
    const settings = { step, learningRate: LEARNING_RATE };
    const { loss, correct } = desk.step({ inputs, labels: Int32Array.of(label), targets: null }, settings);
    const given = encode([inputs])[0]!;
    assert.deepEqual(session.train(given, label, LEARNING_RATE), { status: 'ok', loss, correct });
  }
  // Scales of codes that stay are constants there.
  const notOfFirmware = /^(dense|decode)\/(range|quantiser)$|\/fixed-scale$/;
  for (const [name, data] of desk.state()) {
    const id = named.get(name);
    if (id === undefined) assert.match(name, notOfFirmware);
    else assert.deepEqual(session.view(id), data, name);
  }
  return programs;
}

test('a step is the one that the desk rehearses', async () => {
  for (const changes of CASES.values()) await rehearses(classifier(), changes);
});

test('a step whose layers and gradients are fused is the one that the desk rehearses, in firmware too', async () => {
  const fixed: Changes = { ...WIDE, octo: { ...WIDE.octo, ranges: 'fixed' } };
  const learned = await rehearses(bottlenecks(), WIDE);
  const { step } = await rehearses(bottlenecks(), fixed);
  const fused = [
    ...['inside_bits_s8', 'conv2d_encode_s8', 'conv2d_update_s8'],
    ...['avg_pool2d_gradient_extent_f32', 'avg_pool2d_gradient_encode_f32', 'conv2d_input_gradient_add_s8'],
    ...['conv2d_input_gradient_extent_s8', 'conv2d_input_gradient_encode_s8'],
    'avg_pool2d_decode_s8',
  ];
  const kernels = new Set<string>([...learned.step.steps, ...step.steps].map(({ kernel }) => kernel));
  assert.deepEqual(
    fused.filter((kernel) => !kernels.has(kernel)),
    [],
  );
  for (const [changes, on] of [
    [WIDE, ['host']],
    [fixed, ['host', 'qemu']],
  ] as const) {
    await withBundles([await trainedBundle(changes, 'stm32h743', bottlenecks())], async (folder) => {
      const { runs } = await verifyBundle(folder!, { on, cores: ['m4'], steps: 20 });
      assert.deepEqual(
        runs.map(({ bitExact }) => bitExact),
        on.map(() => true),
      );
    });
  }
});

test('firmware takes the bytes that train --plan and sparsity plan for its core', async () => {
  const core = coreFeatures(loadCortexM('stm32h743'));
  const cases = [
    ...[...CASES].map(([title, changes]) => [title, classifier(), changes] as const),
    ...[...RECONSTRUCTIONS].map(([title, [graph, changes]]) => [title, graph(), changes] as const),
  ];
  for (const [title, graph, changes] of cases) {
    const options = settings({ method: 'octo', batchSize: 1, ...changes });
    const { memory } = planStep(graph, options, core, stepPacker(loadCortexM('stm32h743'), options.seed));
    const files = await trainedBundle(changes, 'stm32h743', graph);
    const header = String(files.find(({ path }) => path === 'net.h')!.contents);
    const bytesOf = (what: string): number =>
      Number(new RegExp(`#define NET_${what}_BYTES (\\d+)`).exec(header)![1]);
    assert.equal(memory.arenaBytes, bytesOf('ARENA'), title);
    assert.equal(memory.stateBytes, bytesOf('STATE'), title);
  }
});

/** A sound rate on two machines, and one that is far too large. */
for (const [learningRate, boards, diverges] of [
  [0.05, ['m4'], false],
  [50, [], true],
] as const) {
  test(`what firmware learns of a stream of samples is what the reference learns of it: rate ${learningRate}`, async () => {
    const changes = CASES.get('full, int8 weights, SGD, stochastic')!;
    const { programs, options } = await trainingOf(changes);
    const [epochs, every, seed] = [4, 10, 3];
    const [samples, tests] = [randomData(11, 0), randomData(4, 100)];
    const session = sessionOf(programs, options);
    const order = Array.from({ length: epochs }, (_, epoch) => [...epochOrder(upTo(11), seed, epoch)]).flat();
    const expected: unknown[] = [];
    const seen: Outcome[] = [];
    for (let step = 0; step <= order.length; step++) {
      if (step % every === 0 || step === order.length) {
        const tested = [0, 1, 2, 3].map((index) => session.evaluate(streamSample(100 + index), index % 3));
        expected.push({
          ...{ step, state: crc32(session.state()), tested: tallyOf(tested) },
          learned: step === 0 ? null : tallyOf(seen),
          diverging: seen.filter(({ status }) => status === 'diverges').length,
        });
        seen.length = 0;
      }
      if (step === order.length) break;
      seen.push(session.train(streamSample(order[step]!), order[step]! % 3, Math.fround(learningRate)));
    }
    await withBundles([await trainedBundle(changes, 'stm32h743')], async (folder) => {
      const open = async () => ({ samples, tests });
      const { runs, bitExact } = await verifyBundle(folder!, {
        on: boards.length === 0 ? ['host'] : ['host', 'qemu'],
        cores: boards,
        steps: 1,
        learning: { open, epochs, every, learningRate, seed },
      });
      assert.ok(bitExact);
      for (const { core, learning } of runs) {
        const points = learning!.points.map(({ results: _, ...point }) => point);
        assert.deepEqual(points, expected, core);
        assert.equal(
          points.some(({ diverging }) => diverging > 0),
          diverges,
          core,
        );
        assert.equal(
          points.reduce((sum, { learned }) => sum + (learned?.refused ?? 0), 0),
          epochs,
          'a sample with a value that is not finite is refused each time',
        );
      }
    });
  });
}

test('a sample with a value that is not finite changes nothing', async () => {
  const { programs, options } = await trainingOf(CASES.get('bias, SGD')!);
  const session = sessionOf(programs, options);
  session.train(randomSample(1), 1, 0.1);
  const before = session.state();
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    assert.equal(session.train(randomSample(2).with(7, value), 1, 0.1).status, 'input');
    assert.equal(session.evaluate(randomSample(2).with(7, value), 1).status, 'input');
  }
  assert.deepEqual(session.state(), before);
});

test('a step whose loss is not finite changes nothing, neither here nor in firmware', async () => {
  const changes = CASES.get('full, float weights, momentum')!;
  const { programs, options } = await trainingOf(changes);
  const session = sessionOf(programs, options);
  const outcomes = Array.from({ length: 4 }, () => {
    const before = session.state();
    const { status } = session.train(randomSample(1), 1, 3e38);
    return status !== 'not-finite'
      ? 'learned'
      : Buffer.from(before).equals(session.state())
        ? 'refused'
        : 'changed';
  });
  assert.ok(outcomes.includes('refused') && !outcomes.includes('changed'), outcomes.join());
  await withBundles([await trainedBundle(changes, 'stm32h743')], (folder) => {
    writeFileSync(join(folder!, 'main.c'), DIVERGES);
    assert.equal(builtAndRun(folder!), outcomes.join(' '));
  });
});

const DIVERGES = `
#include <stdio.h>
#include <string.h>
#include "net.h"
#include "net_training.h"

static char before[NET_STATE_BYTES];

int main(void) {
  static float input[NET_INPUT_ELEMENTS] = {${[...randomSample(1)].map((value) => `${value}f`).join(', ')}};
  for (int step = 0; step < 4; step++) {
    memcpy(before, net_arena(), NET_STATE_BYTES);
    const int refused = net_train_step(input, 1, 3e38f, NULL) == NET_TRAINING_NOT_FINITE;
    const int same = memcmp(before, net_arena(), NET_STATE_BYTES) == 0;
    printf("%s%s", step == 0 ? "" : " ", !refused ? "learned" : same ? "refused" : "changed");
  }
  return 0;
}
`;

test('the program of the README trains, keeps its parameters and goes on from them', async () => {
  const changes = CASES.get('last:1, int8 weights, SGD')!;
  await withBundles([await trainedBundle(changes, 'stm32h743')], (folder) => {
    const readme = readFileSync(join(folder!, 'README.md'), 'utf8');
    const programs = [...readme.matchAll(/^```c\n([\s\S]*?)^```/gm)].map(([, program]) => program!);
    writeFileSync(join(folder!, 'main.c'), programs.find((program) => program.includes('net_train_step'))!);
    assert.match(builtAndRun(folder!), /^beginning anew\nloss \d/);
  });
});

/** What the program of `main.c` prints, with all of the bundle behind it. */
function builtAndRun(folder: string): string {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.c'),
  );
  const flags = ['-std=c11', '-ffp-contract=off', '-Wall', '-Wextra', '-Wpedantic', '-Werror', '-I.'];
  execFileSync(requireTool('cc'), [...flags, ...sources, '-lm', '-o', 'program'], {
    cwd: folder,
    stdio: 'pipe',
  });
  return execFileSync(join(folder, 'program'), { encoding: 'utf8' });
}

function randomSample(seed: number): Float32Array {
  const random = seededRandom(seed + 40);
  return Float32Array.from({ length: 72 }, () => 2 * random() - 1);
}

type Outcome = { readonly status: string; readonly loss: number; readonly correct: number };

/** As the device adds losses up. */
function tallyOf(outcomes: readonly Outcome[]) {
  const samples = outcomes.length;
  const made = outcomes.filter(({ status }) => status !== 'input');
  const sum = made.reduce((all, { loss }) => Math.fround(all + loss), 0);
  const correct = made.reduce((all, one) => all + one.correct, 0);
  return { samples, correct, refused: samples - made.length, loss: sum / made.length, auc: null };
}

/** Of a stream in which sample 6 is broken. */
function streamSample(index: number): Float32Array {
  const sample = randomSample(index);
  return index === 6 ? sample.with(3, Number.NaN) : sample;
}

/** Random samples of three classes in turn. */
function randomData(length: number, first: number): IndexedDataset {
  return {
    ...{ name: 'random', length, classes: 3, files: [] },
    labels: () => Int32Array.from({ length }, (_, index) => index % 3),
    async *samples() {},
    fill: (indices, inputs, labels) => {
      for (const index of indices) {
        inputs.set(streamSample(first + index));
        labels[0] = index % 3;
      }
    },
  };
}

/** On the reference, with the plans of a small core. */
function sessionOf(programs: DeviceTraining, { optimizer, seed }: TrainerOptions) {
  const plans = plansOf(programs, { library: 'builtin', core: { dsp: false, mve: false } });
  const training = { programs, plan: plans.step, optimizer, seed, learningRate: LEARNING_RATE };
  const machines = new Map<Program, Machine>();
  const session = openTrainingSession(training, plans.inference, (program, plan) => {
    const machine = createMachine(program, plan);
    machines.set(program, machine);
    return machine;
  });
  return { ...session, view: (id: TensorId) => machines.get(programs.step)!.view(id).slice() };
}

const PASSED = { steps: 200, bitExact: true, mismatch: null, records: [], instructions: null };
