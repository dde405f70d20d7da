/** Frozen layers between ranges that are fixed, held against two judges: the quantised model that the desk writes, and float32. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, ints } from '../../../src/graph/build.ts';
import { floatTensor } from '../../../src/graph/tensor.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { lower } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { createExecutor } from '../../../src/ops/execute.ts';
import { planMemory } from '../../../src/program/plan.ts';
import type { Program } from '../../../src/program/program.ts';
import { createMachine, createRunner } from '../../../src/program/run.ts';
import { sampleEncoder } from '../../../src/program/sample.ts';
import { differentiate } from '../../../src/train/compile/differentiate.ts';
import { readNetwork } from '../../../src/train/compile/network.ts';
import type { Scheme, TrainerOptions } from '../../../src/train/options.ts';
import { fixedRanges } from '../../../src/train/run/fixed-ranges.ts';
import { createTrainer } from '../../../src/train/run/trainer.ts';
import { network, pads, settings } from '../networks.ts';

const CORE = { library: 'builtin', core: { dsp: false, mve: false } } as const;
const BATCH = 2;
const INPUT = 3 * 8 * 8;

/** Convolutions of all kinds, a residual sum, an activation by itself, both pools and a dense layer: image [1, 3, 8, 8]. */
function classifier(): Graph {
  return network([1, 3, 8, 8], ({ conv, op, clip, gemm }, x) => {
    const attributes = { strides: ints([1, 1]), ...pads(1, 1, 1, 1) };
    const first = op('Relu', 'relu1', [conv('first', x, [8, 3, 3, 3], { attributes })]);
    const depthwise = conv('depthwise', first, [8, 1, 3, 3], {
      attributes: { group: int(8), ...pads(1, 1, 1, 1) },
    });
    const pointwise = conv('pointwise', clip('six', depthwise, 0, 6), [8, 8, 1, 1], { bias: false });
    const sum = op('Add', 'sum', [pointwise, first]);
    const grouped = conv('grouped', op('Relu', 'relu2', [sum]), [8, 4, 3, 3], {
      attributes: { group: int(2), strides: ints([2, 2]), ...pads(1, 1, 1, 1) },
    });
    const both = op('Add', 'both', [
      grouped,
      op('MaxPool', 'max', [sum], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }),
    ]);
    const mean = op('AveragePool', 'mean', [both], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
    return gemm('dense', op('Flatten', 'flat', [mean]), 3, 32);
  });
}

function* images(seed: number) {
  const random = seededRandom(seed);
  for (let n = 0; n < 6; n++) {
    yield { inputs: [Float32Array.from({ length: INPUT }, () => 2 * random() - 1)], label: null };
  }
}

async function* stream(seed: number) {
  yield* images(seed);
}

async function fixedStep(activations: 'affine' | 'symmetric', scheme: Scheme) {
  const graph = classifier();
  const octo = { ranges: 'fixed', weights: 'int8', activations } as const;
  const options: TrainerOptions = settings({ method: 'octo', batchSize: BATCH, scheme, octo });
  const rangeOf = await fixedRanges(readNetwork(graph, false), options, stream(3));
  return { graph, options, rangeOf, train: differentiate(readNetwork(graph, false), options, rangeOf) };
}

/** The codes of each value of a sample, by its name, as soon as a step has made them. */
function codesOf(
  run: (visit: (name: string, codes: Int8Array) => void) => void,
): ReadonlyMap<string, Int8Array> {
  const all = new Map<string, Int8Array>();
  run((name, codes) => all.set(name, codes.slice()));
  return all;
}

const arrayOf = (program: Program) => (id: number) => program.tensors[id]!;

test('frozen layers have the bytes of the quantised model that is written, sample by sample of a batch', async () => {
  const { graph, options, rangeOf, train } = await fixedStep('affine', { kind: 'last', layers: 1 });
  const written = lower(createTrainer(graph, options, rangeOf).toGraph());
  const encode = sampleEncoder(written);
  const judge = createRunner(written, planMemory(written, CORE));
  const samples = [...images(8)].slice(0, BATCH).map(({ inputs }) => inputs[0]!);
  const expected = samples.map((sample) =>
    codesOf((visit) => {
      judge(encode([sample]), (step, _, [made]) =>
        visit(arrayOf(written)(step.outputs[0]!).name, made as Int8Array),
      );
    }),
  );
  const actual = stepCodes(train, samples);
  const compared = [...expected[0]!.keys()].filter((name) => actual.has(name));
  assert.ok(compared.length >= 8, compared.join());
  for (const name of compared) {
    const joined = Int8Array.from(expected.flatMap((one) => [...one.get(name)!]));
    assert.deepEqual(actual.get(name), joined, name);
  }
});

/** Values of the forward pass, samples one after the other. */
function stepCodes(train: Awaited<ReturnType<typeof fixedStep>>['train'], samples: readonly Float32Array[]) {
  const { program, ports, forwardSteps } = train;
  const machine = createMachine(program, planMemory(program, CORE));
  for (const [i, sample] of samples.entries()) machine.view(ports.input).set(sample, i * INPUT);
  machine.view(ports.target!).fill(0);
  return codesOf((visit) => {
    for (let i = 0; i < forwardSteps; i++) {
      machine.run(i, i + 1);
      const output = program.steps[i]!.outputs[0]!;
      const { name } = program.tensors[output]!;
      if (name.endsWith('/codes')) visit(name.slice(0, -'/codes'.length), machine.view(output) as Int8Array);
    }
  });
}

test('frozen layers compute what float32 does, but for rounding', async () => {
  for (const activations of ['affine', 'symmetric'] as const) {
    const { graph, train } = await fixedStep(activations, { kind: 'last', layers: 1 });
    // Samples that ranges were taken from: nothing is clipped.
    const samples = [...images(3)].slice(0, BATCH).map(({ inputs }) => inputs[0]!);
    const codes = stepCodes(train, samples);
    const judge = createExecutor(graph);
    const { tensors } = train.program;
    let compared = 0;
    samples.forEach((sample, n) => {
      judge.run([floatTensor([1, 3, 8, 8], sample)], (value, { shape, data }) => {
        const own = codes.get(value);
        const quantizer = tensors.find(({ name }) => name === `${value}/quantiser`);
        if (own === undefined || quantizer === undefined) return;
        const [scale, , zeroPoint] = (quantizer.storage as unknown as { data: [number, number, number] })
          .data;
        const [, channels = 1, height = 1, width = 1] = shape;
        for (let i = 0; i < data.length; i++) {
          const [c, at] = [Math.floor(i / (height * width)), i % (height * width)];
          const code = own[n * data.length + at * channels + c]!;
          const error = Math.abs((code - zeroPoint) * scale - Number(data[i])) / scale;
          assert.ok(error < 8, `${activations} ${value} ${i}: off by ${error} codes`);
        }
        compared += 1;
      });
    });
    assert.ok(compared >= 2 * 7, `${compared} values`);
  }
});

test('a frozen layer behind trained ones goes from codes to codes, too, and passes gradients on', async () => {
  const scheme: Scheme = { kind: 'listed', biases: [], weights: [{ layer: 'first', channels: 1 }] };
  const { train } = await fixedStep('affine', scheme);
  const kernels = train.program.steps.map(({ kernel }) => kernel);
  assert.equal(train.first!.prefixSteps, train.first!.codes!.steps);
  assert.ok(kernels.includes('depthwise_conv2d_s8') && kernels.includes('add_s8'));
  assert.ok(kernels.slice(train.forwardSteps).includes('conv2d_weight_gradient_s8'));
});

test('what no gradient reaches comes before all others, as one piece without float32', async () => {
  const scheme: Scheme = {
    kind: 'listed',
    biases: [],
    weights: [
      { layer: 'grouped', channels: 1 },
      { layer: 'dense', channels: 1 },
    ],
  };
  const { train } = await fixedStep('affine', scheme);
  const { codes, prefixSteps } = train.first!;
  const prefix = train.program.steps.slice(codes!.steps, prefixSteps);
  const { tensors } = train.program;
  assert.ok(prefix.every(({ outputs }) => outputs.every((id) => tensors[id]!.dtype === 'int8')));
  // The pool that the sum behind the trained layer reads is before it.
  assert.deepEqual(
    prefix.map(({ name }) => name),
    ['first', 'depthwise', 'pointwise', 'sum', 'relu2', 'max'],
  );
});
