import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRunner as createEngineRunner } from '../../src/engine/index.ts';
import { graphBuilder, int, ints } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { type Step, stepMacs } from '../../src/program/kernels/index.ts';
import { timesOfSteps } from '../../src/program/loops.ts';
import { arenaBytesOf, planMemory } from '../../src/program/plan.ts';
import type { Program } from '../../src/program/program.ts';
import { type Piece, segmentOf, withSegments } from '../../src/program/row-segments.ts';
import { rowStreams } from '../../src/program/row-streams.ts';
import { rowwise } from '../../src/program/rowwise.ts';
import { createRunner } from '../../src/program/run.ts';
import { quantizeGraph } from '../../src/quantize/quantize-graph.ts';
import { compiledKernels } from '../engine/programs.ts';
import { bytesOf } from '../native/cases.ts';
import { int8s, int16s, pick } from '../native/random.ts';
import { chainOfConvolutions, randomRowNetwork } from './row-networks.ts';

const OPTIONS = { library: 'builtin', core: { dsp: false, mve: false }, overlap: true } as const;

/** As if a call cost as much as so many products. */
const CALL = 50;

const PLAIN: Parameters<typeof rowStreams>[2] = {
  packStep: (step) => step,
  instructionsOf: (step) => CALL + stepMacs(step),
};

const ENGINES = compiledKernels();

function outputsOf(program: Program, run: ReturnType<typeof createRunner>): readonly Uint8Array[] {
  const random = seededRandom(5);
  const inputs = program.inputs.map(({ tensor }) =>
    int8s(
      random,
      program.tensors[tensor]!.shape.reduce((product, size) => product * size, 1),
    ),
  );
  return run(inputs).map((output) => bytesOf(output));
}

test('images by rows take fewer bytes and give the same outputs', () => {
  const random = seededRandom(15);
  let [smaller, tried] = [0, 0];
  for (let n = 0; n < 60; n++) {
    const program = randomRowNetwork(random, 3 + (n % 6));
    const whole = planMemory(program, OPTIONS);
    const streams = rowStreams(program, OPTIONS, PLAIN);
    const expected = outputsOf(program, createRunner(program, whole));
    for (const budget of [0, Math.floor(whole.arenaBytes * 0.8)]) {
      const streamed = streams(budget).program;
      const plan = planMemory(streamed, OPTIONS);
      tried++;
      if (plan.arenaBytes < whole.arenaBytes) smaller++;
      assert.deepEqual(outputsOf(streamed, createRunner(streamed, plan)), expected, `${n}`);
      if (ENGINES.length === 0) continue;
      const kernels = pick(random, ENGINES);
      assert.deepEqual(outputsOf(streamed, createEngineRunner(streamed, plan, kernels)), expected, `${n}`);
    }
  }
  assert.ok(smaller > tried / 4, `${smaller} of ${tried} take fewer bytes`);
});

/** Every way to cut the steps into pieces, each as it is where it has one step, else by rows in one of the groups. */
function cutsOf(whole: ReturnType<typeof rowwise>): readonly (readonly Piece[])[] {
  const { steps } = whole.program;
  const from = (first: number): readonly (readonly Piece[])[] => {
    if (first === steps.length) return [[]];
    return steps.slice(first).flatMap((_, k) => {
      const end = first + k + 1;
      const pieces: readonly Piece[] =
        k === 0
          ? [{ first, end, segment: null }]
          : [0, 1, 2, 4, 8, 16].flatMap((group) => {
              const segment = segmentOf(whole, first, end, group);
              return segment === null ? [] : [{ first, end, segment }];
            });
      const rest = pieces.length === 0 ? [] : from(end);
      return pieces.flatMap((piece) => rest.map((others) => [piece, ...others]));
    });
  };
  return from(0);
}

test('of all cuts of small networks none take fewer bytes, nor fewer instructions within a budget', () => {
  const random = seededRandom(8);
  let compared = 0;
  for (let n = 0; n < 40; n++) {
    const program = randomRowNetwork(random, 2 + (n % 3));
    if (program.steps.length > 4) continue;
    const all = cutsOf(rowwise(program)).map((pieces) => {
      const one = withSegments(program, pieces);
      const times = timesOfSteps(one);
      const instructions = one.steps.reduce(
        (sum, step, index) => sum + times[index]! * PLAIN.instructionsOf(step)!,
        0,
      );
      return { bytes: arenaBytesOf(one, OPTIONS), instructions };
    });
    const fewest = Math.min(...all.map(({ bytes }) => bytes));
    const streams = rowStreams(program, OPTIONS, PLAIN);
    const least = arenaBytesOf(streams(0).program, OPTIONS);
    assert.ok(least <= fewest, `network ${n}: ${least} bytes, of ${all.length} cuts one takes ${fewest}`);
    const budget = Math.floor((fewest + all[0]!.bytes) / 2);
    const within = streams(budget).program;
    const times = timesOfSteps(within);
    const taken = within.steps.reduce(
      (sum, step, index) => sum + times[index]! * PLAIN.instructionsOf(step)!,
      0,
    );
    const best = Math.min(...all.filter(({ bytes }) => bytes <= budget).map((one) => one.instructions));
    const calls = within.loops?.reduce((sum, loop) => sum + loop.calls.length, 0) ?? 0;
    assert.ok(
      taken <= best + 15 * calls,
      `network ${n}: ${taken} instructions, of ${all.length} cuts one takes ${best}`,
    );
    compared += all.length;
  }
  assert.ok(compared > 300, `${compared} cuts`);
});

test('four times the layers are no more than five times the work', () => {
  const workOf = (layers: number): number => {
    let asked = 0;
    const counted = { ...PLAIN, instructionsOf: (step: Step) => ++asked && PLAIN.instructionsOf(step) };
    rowStreams(chainOfConvolutions(seededRandom(1), layers), OPTIONS, counted)(0);
    return asked;
  };
  // Every segment that is looked at asks what its moves take.
  const [few, many] = [workOf(100), workOf(400)];
  assert.ok(many > 400 && many <= 5 * few, `${few} for 100 layers, ${many} for 400`);
});

/** Two convolutions of an image, a pool, blocks of 2x2 of it as channels, and one more. */
async function quantised(bits: 8 | 16): Promise<Program> {
  const g = graphBuilder('blocks');
  const random = seededRandom(31);
  const conv = (name: string, x: string, from: number, to: number): string => {
    const weights = Float32Array.from(
      { length: to * from * 9 },
      () => (2 * random() - 1) / Math.sqrt(9 * from),
    );
    const w = g.constant(name, floatTensor([to, from, 3, 3], weights));
    return g.node('Relu', [
      g.node('Conv', [x, w], { attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) } }),
    ]);
  };
  const image = conv('second', conv('first', g.input('x', [1, 3, 16, 12]), 3, 6), 6, 6);
  const pooled = g.node('MaxPool', [image], {
    attributes: { kernel_shape: ints([3, 3]), pads: ints([1, 1, 1, 1]) },
  });
  const blocks = g.node('SpaceToDepth', [pooled], { attributes: { blocksize: int(2) } });
  g.output(conv('last', blocks, 24, 4));
  const graph = prepareGraph(g.model(), { deadChannels: false });
  async function* samples() {
    yield { inputs: [Float32Array.from({ length: 3 * 16 * 12 }, () => 2 * random() - 1)], label: null };
  }
  const wishes = bits === 16 ? [{ layers: 'all', bits: 16 } as const] : [];
  return lower((await quantizeGraph(graph, samples, { bits: wishes })).graph);
}

for (const bits of [8, 16] as const) {
  test(`a network of ${bits}-bit codes goes by rows, blocks of pixels that become channels too`, async () => {
    const program = await quantised(bits);
    assert.ok(rowwise(program).forms.every((form) => form !== null));
    const whole = planMemory(program, OPTIONS);
    const { program: streamed } = rowStreams(program, OPTIONS, PLAIN)(0);
    const plan = planMemory(streamed, OPTIONS);
    assert.ok(plan.arenaBytes < 0.75 * whole.arenaBytes, `${plan.arenaBytes} of ${whole.arenaBytes}`);
    assert.ok(streamed.loops!.length > 0);
    if (bits === 16) assert.ok(streamed.steps.some(({ kernel }) => kernel === 'shift_s16'));
    const inputs = [bits === 16 ? int16s(seededRandom(6), 16 * 12 * 3) : int8s(seededRandom(6), 16 * 12 * 3)];
    const run = (one: Program, own: typeof plan) => createRunner(one, own)(inputs).map((out) => bytesOf(out));
    const expected = run(program, whole);
    assert.deepEqual(run(streamed, plan), expected);
    for (const kernels of ENGINES) {
      const outputs = createEngineRunner(streamed, plan, kernels)(inputs);
      assert.deepEqual(
        outputs.map((out) => bytesOf(out)),
        expected,
      );
    }
  });
}
