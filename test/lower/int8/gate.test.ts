/** Patch gates in int8: the codes of the float executor on the quantised graph, and state that is written where it lies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../../src/data/types.ts';
import { TinymlError } from '../../../src/diagnostics/errors.ts';
import { float, graphBuilder, int, ints, makeNode, perTensor, strings } from '../../../src/graph/build.ts';
import { PATCH_GATE, PATCH_REUSE, PATCH_STATISTICS } from '../../../src/graph/own-operators.ts';
import { withState } from '../../../src/graph/state.ts';
import { elementCount, floatTensor } from '../../../src/graph/tensor.ts';
import type { Graph, ImportedModel, Tensor } from '../../../src/graph/types.ts';
import { lower, lowerWithPlaces } from '../../../src/lower/lower.ts';
import { seededRandom } from '../../../src/numbers/random.ts';
import { createExecutor } from '../../../src/ops/execute.ts';
import { prepareGraph } from '../../../src/passes/pipeline.ts';
import { planMemory } from '../../../src/program/plan.ts';
import type { Program } from '../../../src/program/program.ts';
import { createRunner } from '../../../src/program/run.ts';
import { createSampleRunner } from '../../../src/program/sample.ts';
import { stateTensors } from '../../../src/program/state.ts';
import { layerErrors } from '../../../src/quantize/layer-error.ts';
import { quantizeGraph } from '../../../src/quantize/quantize-graph.ts';

const [C, H, W, PATCH] = [2, 8, 12, 4];
const [ROWS, COLUMNS] = [H / PATCH, W / PATCH];
const UNIT = 1 / 255;

const FRAME = [1, C, H, W];
const TIES = [
  { input: 'reference', output: 'blended' },
  { input: 'age', output: 'next_age' },
  { input: 'clock', output: 'next_clock' },
  { input: 'kept', output: 'reused' },
];

/**
 * A frame through a gate that lets patches through whose mean change is over 4 units, a layer that is computed for them
 * alone, and one behind it. `late`: the old reference is read behind the gate.
 */
function gatedModel(gate: Parameters<typeof makeNode>[3] = {}, late = false): ImportedModel {
  const random = seededRandom(3);
  const noise = (...shape: readonly number[]): Tensor => {
    const size = shape.reduce((product, extent) => product * extent, 1);
    return floatTensor(
      shape,
      Float32Array.from({ length: size }, () => random() - 0.4),
    );
  };
  const patch = { patch: int(PATCH) };
  const same = { pads: ints([1, 1, 1, 1]) };
  const decisions = ['blended', 'mask', 'next_age', 'next_clock'];
  return {
    ...graphBuilder('gated').model(),
    inputs: [
      { name: 'x', dtype: 'float32', shape: FRAME },
      { name: 'reference', dtype: 'float32', shape: FRAME },
      { name: 'age', dtype: 'float32', shape: [1, 1, ROWS, COLUMNS] },
      { name: 'clock', dtype: 'float32', shape: [1, 1, 1, 1] },
      { name: 'kept', dtype: 'float32', shape: [1, 3, H, W] },
    ],
    constants: new Map([
      ['pick', floatTensor([1, 4, 1, 1], [1, 0, 0, 0])],
      ['threshold', floatTensor([1], [-4 / 16])],
      ['w0', noise(3, C, 3, 3)],
      ['w1', noise(4, 3, 3, 3)],
    ]),
    nodes: [
      makeNode(PATCH_STATISTICS, ['x', 'reference'], ['statistics'], { ...patch, unit: float(UNIT) }),
      makeNode('Conv', ['statistics', 'pick', 'threshold'], ['scores']),
      makeNode(PATCH_GATE, ['scores', 'x', 'reference', 'age', 'clock'], decisions, { ...patch, ...gate }),
      makeNode('Conv', ['blended', 'w0'], ['sums'], same),
      makeNode('Relu', ['sums'], ['first']),
      makeNode(PATCH_REUSE, ['first', 'kept', 'mask'], ['reused']),
      makeNode('Conv', ['reused', 'w1'], ['y'], same),
      ...(late ? [makeNode('Neg', ['reference'], ['old'])] : []),
    ],
    outputs: ['y', 'mask', ...(late ? ['old'] : []), 'blended', 'next_age', 'next_clock', 'reused'],
  };
}

/** Frames of codes, of which a patch or two change from one to the next; two frames that are one. */
function frames(count: number): readonly Float32Array[] {
  const random = seededRandom(5);
  const frame = Float32Array.from({ length: C * H * W }, () => Math.floor(random() * 256) / 255);
  return Array.from({ length: count }, (_, n) => {
    if (n === 0 || n === 4) return frame.slice();
    const [y, x] = [Math.floor(random() * H), Math.floor(random() * W)];
    for (let c = 0; c < C; c++) {
      for (let dy = 0; dy < 3 && y + dy < H; dy++) {
        for (let dx = 0; dx < 3 && x + dx < W; dx++) {
          frame[(c * H + y + dy) * W + x + dx] = Math.floor(random() * 256) / 255;
        }
      }
    }
    return frame.slice();
  });
}

async function* stream(): AsyncIterable<Sample> {
  const all = frames(FRAMES);
  for (const [index, frame] of all.entries()) {
    yield { inputs: [frame], label: null, frame: { index, last: index === all.length - 1, judged: true } };
  }
}

const FRAMES = 12;

async function quantized(model: ImportedModel, ties = TIES): Promise<Graph> {
  const { graph } = await quantizeGraph(withState(prepareGraph(model), ties, 'E_USAGE'), stream, {
    io: 'float',
  });
  return graph;
}

const planned = (program: Program) =>
  planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });

/** Runs the operators of a graph on the next frame, and carries its state over. */
function executed(graph: Graph): (frame: Float32Array) => readonly Tensor[] {
  const executor = createExecutor(graph);
  const zeros = graph.inputs.map(({ value }) => {
    const { shape } = graph.values.get(value)!;
    return floatTensor(shape, new Float32Array(elementCount(shape)));
  });
  let [, ...state] = zeros;
  return (frame) => {
    const outputs = executor.run([floatTensor(FRAME, frame), ...state]);
    state = TIES.map(({ output }) => outputs[graph.outputs.findIndex(({ name }) => name === output)]!);
    return outputs;
  };
}

/** The outputs of all frames, those of state left out. */
function played(program: Program): readonly (readonly Float32Array[])[] {
  const plan = planned(program);
  const run = createSampleRunner(program, plan, createRunner(program, plan));
  return frames(FRAMES).map((frame) => run([frame]));
}

for (const [name, gate] of [
  ['by its scores', {}],
  ['of age 3 too', { max_age: int(3) }],
  ['and all after 5 frames', { key_frame: int(5) }],
  ['and all where a third is active', { scene_cut: float(1 / 3) }],
  ['computed densely above a tenth', { dense_above: float(0.1) }],
] as const) {
  test(`patches ${name}: the codes of float on the quantised graph`, async () => {
    const graph = await quantized(gatedModel(gate));
    const program = lower(graph);
    const { kernel } = program.steps.find(({ name }) => name === 'y')!;
    assert.equal(kernel, 'conv2d_tiles_s8');
    const exact = executed(graph);
    const ints = played(program);
    let skipped = 0;
    frames(FRAMES).forEach((data, n) => {
      const wanted = exact(data);
      const mask = wanted[1]!.data as Float32Array;
      skipped += mask.filter((value) => value === 0).length;
      assert.deepEqual([...ints[n]![1]!], [...mask], `mask of frame ${n}`);
      const step = graph.values.get('y')!.quant!.scale[0]!;
      (wanted[0]!.data as Float32Array).forEach((value, i) => {
        assert.ok(Math.abs(ints[n]![0]![i]! - value) <= 1.01 * step, `frame ${n}, element ${i}`);
      });
    });
    assert.ok(skipped > FRAMES, `${skipped} patches were kept`);
  });
}

test('state is written where it lies, once, and what reads it late is given a copy', async () => {
  const program = lower(await quantized(gatedModel()));
  const names = (id: number): string => program.tensors[id]!.name;
  const writes = program.steps.flatMap(({ outputs }) => outputs.map(names));
  for (const name of ['reference', 'age', 'clock', 'kept']) {
    assert.equal(writes.filter((written) => written === name).length, 1, name);
  }
  assert.ok(program.steps.every(({ kernel }) => kernel !== 'copy_s8'));
  assert.equal(program.steps.filter(({ kernel }) => kernel === 'copy_tiles_s8').length, 1); // into the reference alone
  const late = lower(await quantized(gatedModel({}, true)));
  const old = played(late).map((outputs) => outputs[2]!);
  const step = late.tensors[late.inputs[0]!.tensor]!.quant?.scale ?? 1 / 255;
  // What the second frame reads of the reference is the first one, which was taken whole.
  frames(2)[0]!.forEach((value, i) => {
    assert.ok(Math.abs(old[1]![i]! + value) <= 2 * step, `element ${i}`);
  });
});

test('state that is not tied stays with the ports: inputs and outputs, computed whole', async () => {
  const graph = await quantized(gatedModel());
  const apart = lower({ ...graph, state: [] });
  assert.deepEqual(stateTensors(apart), []);
  assert.ok(apart.steps.every(({ kernel }) => !kernel.startsWith('conv2d_tiles')));
  assert.equal(apart.outputs.length, 6);
});

test('other codes than a gate counts with are refused', async () => {
  const graph = await quantized(gatedModel());
  for (const [value, quant] of [
    ['x', perTensor(1, 0)],
    ['statistics', perTensor(1 / 128, -128)],
    ['next_age', perTensor(1, 0)],
  ] as const) {
    const values = new Map(graph.values).set(value, { ...graph.values.get(value)!, quant });
    assert.throws(
      () => lower({ ...graph, values }),
      (error: unknown) =>
        error instanceof TinymlError &&
        error.code === 'E_QUANT' &&
        `${error.at}${error.message}`.includes(`"${value}"`),
    );
  }
});

/** Behind the gate: a 3x3 convolution, a 1x1, a table, a sum with the 3x3's output, a 3x3, scores of the mean. */
function deepModel(gate: Parameters<typeof makeNode>[3] = {}): ImportedModel {
  const model = gatedModel(gate);
  const [statistics, scores, decide] = model.nodes;
  const same = { pads: ints([1, 1, 1, 1]) };
  const random = seededRandom(4);
  const noise = (...shape: readonly number[]): Tensor =>
    floatTensor(
      shape,
      Float32Array.from({ length: elementCount(shape) }, () => random() - 0.5),
    );
  return {
    ...model,
    inputs: model.inputs.slice(0, 4),
    constants: new Map([
      ...model.constants,
      ['wa', noise(3, C, 3, 3)],
      ['wb', noise(3, 3, 1, 1)],
      ['wd', noise(4, 3, 3, 3)],
      ['wf', noise(2, 4)],
    ]),
    nodes: [
      statistics!,
      scores!,
      decide!,
      makeNode('Conv', ['blended', 'wa'], ['a'], same),
      makeNode('Conv', ['a', 'wb'], ['b']),
      makeNode('HardSwish', ['b'], ['c']),
      makeNode('Add', ['a', 'c'], ['sum']),
      makeNode('Conv', ['sum', 'wd'], ['d'], same),
      makeNode('GlobalAveragePool', ['d'], ['mean']),
      makeNode('Flatten', ['mean'], ['flat']),
      makeNode('Gemm', ['flat', 'wf'], ['y'], { transB: int(1) }),
    ],
    outputs: ['y', 'blended', 'next_age', 'next_clock'],
  };
}

const THREE_TIES = TIES.slice(0, 3);

test('what windows and whole layers read is kept, what is read pixel by pixel is not, and a list is made once', async () => {
  const program = lower(await quantized(deepModel(), THREE_TIES));
  const names = stateTensors(program).map((id) => program.tensors[id]!.name);
  assert.deepEqual(names.sort(), ['age', 'clock', 'd', 'mean', 'reference', 'sum']);
  const kernelOf = (layer: string) => program.steps.find(({ name }) => name === layer)!.kernel;
  assert.equal(kernelOf('a'), 'conv2d_tiles_s8');
  assert.equal(kernelOf('c'), 'lut_tiles_s8');
  assert.equal(kernelOf('sum'), 'add_tiles_s8');
  assert.equal(kernelOf('y'), 'fully_connected_s8');
  const lists = program.steps.filter(({ kernel }) => kernel.endsWith('tiles_s32'));
  // Of the mask; for a, b, c and the sum together; for d; for the mean.
  assert.deepEqual(
    lists.map(({ kernel }) => kernel),
    ['list_tiles_s32', ...new Array<string>(3).fill('dilate_tiles_s32')],
  );
});

test('skipping ends at a layer that says so, and nothing is kept behind it', async () => {
  const program = lower(await quantized(deepModel({ ends: strings(['sum']) }), THREE_TIES));
  const names = stateTensors(program).map((id) => program.tensors[id]!.name);
  assert.deepEqual(names.sort(), ['a', 'age', 'c', 'clock', 'reference']);
  assert.equal(program.steps.find(({ name }) => name === 'd')!.kernel, 'conv2d_s8');
});

test('layer errors compare what a gate kept before it decides, and what it blended behind that', async () => {
  const float = withState(prepareGraph(gatedModel()), TIES, 'E_USAGE');
  const { graph, reference } = await quantizeGraph(float, stream);
  const errors = await layerErrors(reference, graph, stream());
  const of = (value: string) => errors.find((error) => error.value === value)!.sqnrDb;
  for (const value of ['reference', 'blended', 'age', 'next_age', 'clock', 'next_clock', 'mask']) {
    const error = of(value);
    assert.ok(error === null || error > 30, `${value}: ${error} dB`);
  }
});

test('statistics that a gate does not look at are not computed, which changes no output', async () => {
  const graph = await quantized(gatedModel());
  const multipliers = (program: Program): readonly number[] => {
    const step = program.steps.find(({ kernel }) => kernel === 'patch_statistics_s8')!;
    const { storage } = program.tensors[step.constants[0]!]!;
    return storage.kind === 'constant' ? [...storage.data] : [];
  };
  const whole = lowerWithPlaces(graph).program;
  assert.ok(multipliers(whole).every((multiplier) => multiplier > 0));
  const [first, ...others] = multipliers(lower(graph));
  assert.deepEqual([first, ...others], [multipliers(whole)[0], 0, 0, 0]);
  assert.deepEqual(played(lower(graph)), played(whole));
});
