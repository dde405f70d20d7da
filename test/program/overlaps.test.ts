/** Outputs over inputs: plans take less memory for it, never more, and give the same bytes; closer than kernels allow they are refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner as createEngineRunner } from '../../src/engine/index.ts';
import { loadKernels } from '../../src/engine/load.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { overlapOf, type Step } from '../../src/program/kernels/index.ts';
import type { MemoryPlan } from '../../src/program/memory-plan.ts';
import { liveBytes, planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { createRunner } from '../../src/program/run.ts';
import type { ProgramArray, ProgramTensor } from '../../src/program/types.ts';
import { verifyPlan } from '../../src/program/verify-plan.ts';
import { packFor } from '../../src/targets/cortex-m/pack/index.ts';
import { int8s, integer, pick, type Random } from '../native/random.ts';
import { activation } from './programs.ts';

const DSP = { dsp: true, mve: false } as const;
const OPTIONS = { library: 'builtin', core: DSP } as const;

type Kind = 'pointwise' | 'conv3x3' | 'strided' | 'depthwise' | 'pool';

/** Layers over images one after the other, from 12x12 pixels. The first layer's output is added at the end where it has the size. */
function network(random: Random, kinds: readonly Kind[]): Program {
  const tensors: ProgramTensor[] = [];
  const steps: Step[] = [];
  const constant = (data: Int8Array | Int32Array): number => {
    const dtype = data instanceof Int8Array ? 'int8' : 'int32';
    const storage = { kind: 'constant', data } as const;
    return (
      tensors.push({ name: `c${tensors.length}`, dtype, shape: [data.length], quant: null, storage }) - 1
    );
  };
  const image = (side: number, channels: number): number =>
    tensors.push(activation(`t${tensors.length}`, side * side * channels)) - 1;
  let [side, channels] = [12, pick(random, [3, 4, 8])];
  const input = image(side, channels);
  let from = input;
  for (const kind of kinds) {
    const [kernel, stride] = [kind === 'pointwise' ? 1 : 3, kind === 'strided' ? 2 : 1];
    const [pad, outSide] = [kernel === 3 ? 1 : 0, Math.ceil(side / stride)];
    const same = kind === 'depthwise' || kind === 'pool';
    const outChannels = same ? channels : pick(random, [channels, 2 * channels, 4, 7]);
    const to = image(outSide, outChannels);
    const window = { kernelH: kernel, kernelW: kernel, strideH: stride, strideW: stride };
    const sizes = { batch: 1, inH: side, inW: side, outH: outSide, outW: outSide };
    const pads = { padTop: pad, padLeft: pad };
    const step = { name: `${kind}${steps.length}`, inputs: [from], outputs: [to] };
    const range = { actMin: -128, actMax: 127 };
    if (kind === 'pool') {
      const params = { ...sizes, channels, ...window, dilationH: 1, dilationW: 1, ...pads, ...range };
      steps.push({ ...step, kernel: 'max_pool2d_s8', constants: [], params });
    } else {
      const taps = kernel * kernel * (kind === 'depthwise' ? 1 : channels);
      const constants = [
        constant(int8s(random, taps * outChannels).map((weight) => Math.max(-127, weight))),
        constant(Int32Array.from({ length: outChannels }, () => integer(random, -500, 500))),
        constant(new Int32Array(outChannels).fill(2 ** 30 + 12345)),
        constant(new Int32Array(outChannels).fill(-6 - Math.round(Math.log2(taps) / 2))),
      ];
      const codes = { inputOffset: 5, outputOffset: -3, ...range };
      const common = {
        ...sizes,
        inChannels: channels,
        ...window,
        dilationH: 1,
        dilationW: 1,
        ...pads,
        ...codes,
      };
      steps.push(
        kind === 'depthwise'
          ? { ...step, kernel: 'depthwise_conv2d_s8', constants, params: { ...common, depthMultiplier: 1 } }
          : { ...step, kernel: 'conv2d_s8', constants, params: { ...common, outChannels, groups: 1 } },
      );
    }
    [side, channels, from] = [outSide, outChannels, to];
  }
  const port = (tensor: number) => ({
    name: `p${tensor}`,
    tensor,
    onnxShape: tensors[tensor]!.shape,
    layout: [0],
  });
  return { name: 'layers', inputs: [port(input)], outputs: [port(from)], tensors, steps };
}

const KINDS: readonly Kind[] = ['pointwise', 'conv3x3', 'strided', 'depthwise', 'pool'];

function randomNetwork(random: Random): Program {
  return network(
    random,
    Array.from({ length: integer(random, 2, 6) }, () => pick(random, KINDS)),
  );
}

test('plans with outputs over inputs are no larger, and the reference and the engine compute the same bytes in them', () => {
  const kernels = loadKernels();
  let smaller = 0;
  for (let seed = 0; seed < 60; seed++) {
    const random = seededRandom(seed);
    const plain = randomNetwork(random);
    const program = seed % 2 === 0 ? plain : packFor(plain, 'builtin', DSP);
    const apart = planMemory(program, OPTIONS);
    const over = planMemory(program, { ...OPTIONS, overlap: true });
    assert.ok(over.arenaBytes <= apart.arenaBytes, `seed ${seed}: ${over.arenaBytes} bytes`);
    assert.ok(over.livePeakBytes <= over.arenaBytes && over.livePeakBytes <= apart.livePeakBytes);
    assert.ok(Math.max(...liveBytes(program, over)) <= over.arenaBytes);
    if (over.arenaBytes < apart.arenaBytes) smaller++;
    const inputs = program.inputs.map(
      ({ tensor }): ProgramArray => int8s(random, program.tensors[tensor]!.shape[0]!),
    );
    const expected = createRunner(program, apart)(inputs);
    assert.deepEqual(createRunner(program, over)(inputs), expected, `seed ${seed}: reference`);
    assert.deepEqual(createEngineRunner(program, over, kernels)(inputs), expected, `seed ${seed}: engine`);
  }
  assert.ok(smaller > 40, `${smaller} of 60`);
});

/** The plan of one step with its output a distance before its input, from address 512 on. */
function placedAt(program: Program, distance: number): MemoryPlan {
  const plan = planMemory(program, OPTIONS);
  const [input, output] = [program.steps[0]!.inputs[0]!, program.steps[0]!.outputs[0]!];
  const placements = plan.placements.map((one) => ({
    ...one,
    offset: one.tensor === input ? 2048 : one.tensor === output ? 2048 - distance : one.offset,
  }));
  return {
    ...plan,
    arenaBytes: 8192,
    placements,
    scratch: plan.scratch.map((one) => ({ ...one, offset: 0 })),
  };
}

test('an output over an input is refused where it is closer than its kernel allows, by the plan and by the engine', () => {
  const kernels = loadKernels();
  for (const kind of KINDS) {
    const plain = network(seededRandom(4), [kind]);
    for (const program of [plain, packFor(plain, 'builtin', DSP)]) {
      const bytes = program.tensors[program.steps[0]!.inputs[0]!]!.shape[0]!;
      const { least, multiple } = overlapOf(program.steps[0]!, 'builtin')!;
      const run = (distance: number) => createEngineRunner(program, placedAt(program, distance), kernels);
      for (const distance of [least, least + multiple, least + 3 * multiple]) {
        verifyPlan(program, placedAt(program, distance), OPTIONS);
        run(distance);
      }
      // In front of the output as a whole the input may lie, whatever the kernel does.
      const closer = [least - multiple, ...(multiple > 1 ? [least + 1] : [])];
      for (const distance of closer.filter((one) => -one < bytes)) {
        assert.throws(() => verifyPlan(program, placedAt(program, distance), OPTIONS), /share bytes while/);
        if (kernels.kind !== 'typescript') assert.throws(() => run(distance), { code: 'E_INTERNAL' });
      }
      const plan = placedAt(program, Math.max(least, 0));
      assert.throws(() => verifyPlan(program, plan, { ...OPTIONS, library: 'cmsis-nn' }), /share bytes/);
      const kept = { ...program, outputs: [...program.outputs, ...program.inputs] };
      assert.throws(() => verifyPlan(kept, plan, OPTIONS), /share bytes/);
      const scratch = plan.scratch.map((one) => ({ ...one, offset: 2048 }));
      if (scratch.length > 0)
        assert.throws(() => verifyPlan(program, { ...plan, scratch }, OPTIONS), /share bytes/);
    }
  }
});
