/** Gated models on clips: what is counted as skipped is what need not be computed, and drift is what the output lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dataset, Sample } from '../../src/data/types.ts';
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork, randomNetwork } from '../../src/gate/baselines.ts';
import { stageOf } from '../../src/gate/stages.ts';
import { skipDriftCurves } from '../../src/gate/video/curves.ts';
import { driftOf } from '../../src/gate/video/drift.ts';
import { evaluateOnVideo, type SeenFrame } from '../../src/gate/video/evaluate.ts';
import { followedBy } from '../../src/gate/video/followed.ts';
import { gatesIn, withMasks, withoutGates } from '../../src/gate/video/gates.ts';
import { neededShares } from '../../src/gate/video/halo.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Tensor } from '../../src/graph/types.ts';
import { lower } from '../../src/lower/lower.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { graphMacs } from '../../src/passes/graph-macs.ts';
import { planMemory } from '../../src/program/plan.ts';
import { createMachine, createRunnerOn } from '../../src/program/run.ts';
import { sampleEncoder } from '../../src/program/sample.ts';
import { failure } from '../data/files.ts';
import { quantizeFromData } from './quantized.ts';
import { backbone, EXACT, FAST, FRAME, GRID, gated, SETTINGS, scene } from './scenes.ts';

/** Clips of frames in memory. */
function clipsOf(...clips: readonly (readonly Tensor[])[]): Dataset {
  return {
    name: 'clips',
    length: clips.length,
    sequences: true,
    classes: null,
    files: [],
    async *samples() {
      for (const frames of clips) yield* samplesOf(frames);
    },
  };
}

function samplesOf(frames: readonly Tensor[]): readonly Sample[] {
  return frames.map(({ data }, index) => ({
    inputs: [data as Float32Array],
    label: null,
    frame: { index, last: index === frames.length - 1, judged: true },
  }));
}

const NO_RULES = { ...SETTINGS, maxAge: 0, keyFrame: 0, sceneCut: 2 };

test('without its gates a model is the one that was gated, in both modes', () => {
  for (const mode of [EXACT, FAST]) {
    const plain = withoutGates(gated(mode));
    assert.deepEqual([plain.state, plain.inputs.length], [[], 1]);
    assert.equal(plain.nodes.length, backbone().nodes.length);
    const [frame] = scene(1);
    const [own, expected] = [plain, backbone()].map((graph) => createExecutor(graph).run([frame!]));
    assert.deepEqual(own, expected);
  }
  const random = gated(EXACT, randomNetwork(GRID, 0.5, 1));
  assert.equal(withoutGates(random).state.length, 0, 'state that a gate alone reads goes with it');
});

test('what must be computed is exactly what active patches can change', () => {
  const graph = backbone();
  const stage = stageOf(graph, 'frame');
  const watch = new Set(stage.layers.map(({ value }) => value));
  const outputsOf = (frame: Tensor): ReadonlyMap<string, Float32Array> => {
    const seen = new Map<string, Float32Array>();
    createExecutor(graph, { watch }).run([frame], (name, { data, layout, shape }) => {
      seen.set(name, inOrder(data, shape, layout));
    });
    return seen;
  };
  const random = seededRandom(3);
  const frame = scene(1)[0]!;
  for (let round = 0; round < 10; round++) {
    const mask = Float32Array.from({ length: GRID.rows * GRID.columns }, () => Number(random() < 0.15));
    const shares = neededShares(stage, GRID.rows, mask);
    // Every pixel of an active patch is changed, several times: what never changes need not be computed.
    const before = outputsOf(frame);
    const changed = new Map(stage.layers.map(({ value }) => [value, new Set<number>()]));
    for (let trial = 0; trial < 6; trial++) {
      const data = (frame.data as Float32Array).map((value, i) => {
        const [x, y] = [i % FRAME[3], Math.floor(i / FRAME[3]) % FRAME[2]];
        const active = mask[Math.floor(y / 4) * GRID.columns + Math.floor(x / 4)] === 1;
        return active ? 2 * random() - 1 : value;
      });
      for (const [name, after] of outputsOf(floatTensor(FRAME, data))) {
        const pixels = stage.layers
          .find(({ value }) => value === name)!
          .shape.slice(2)
          .reduce((a, b) => a * b, 1);
        after.forEach((value, i) => {
          if (value !== before.get(name)![i]) changed.get(name)!.add(i % pixels);
        });
      }
    }
    stage.layers.forEach(({ value, shape }, i) => {
      assert.equal(shares[i], changed.get(value)!.size / (shape[2]! * shape[3]!), `${value}, round ${round}`);
    });
  }
});

/** Values row-major in their ONNX shape. */
function inOrder(data: Float32Array, shape: readonly number[], layout: readonly number[]): Float32Array {
  if (layout.every((axis, i) => axis === i)) return data.slice();
  const [, channels = 0, height = 0, width = 0] = shape;
  assert.deepEqual(layout, [0, 2, 3, 1]);
  return Float32Array.from({ length: data.length }, (_, i) => {
    const [x, y, c] = [i % width, Math.floor(i / width) % height, Math.floor(i / (width * height))];
    return data[(y * width + x) * channels + c]!;
  });
}

test('a frame that comes again is skipped as a whole, and a scene cut is computed as a whole', async () => {
  const [one, , , , , , , , , , other] = scene(11);
  const frames = [one!, one!, one!, other!, other!];
  const seen: SeenFrame[] = [];
  const graph = gated(EXACT, diffNetwork(GRID, 0), { ...NO_RULES, sceneCut: 0.8 });
  const result = await evaluateOnVideo(graph, 'float32', clipsOf(frames, frames), (frame) => {
    seen.push(frame);
  });
  assert.deepEqual([result.clips, result.frames], [2, 10]);
  assert.deepEqual(
    result.perFrame.map(({ clip, frame, skip }) => [clip, frame, skip[0]]),
    [0, 1].flatMap((clip) => [0, 1, 1, 0, 1].map((skip, frame) => [clip, frame, skip])),
  );
  assert.deepEqual(seen[1]!.masks, [new Float32Array(24)]);
  const gateMacs = graphMacs(graph) - graphMacs(backbone());
  const stageMacs = result.stages[0]!.layers.reduce((sum, { macs }) => sum + macs, 0);
  assert.ok(gateMacs > 0 && stageMacs > 0);
  assert.deepEqual(result.macs.gates, gateMacs);
  const costs = result.perFrame.map(({ macs }) => macs);
  const dense = graphMacs(backbone());
  assert.deepEqual(costs.slice(0, 2), [dense + gateMacs, dense + gateMacs - stageMacs]);
  assert.deepEqual(result.drift.relativeL2, { mean: 0, most: 0 });
});

test('without a threshold nothing is lost in integers, and the counted work is less', async () => {
  const frames = scene(12);
  const float = gated(EXACT, diffNetwork(GRID, 0), NO_RULES);
  const result = await evaluateOnVideo(await quantizeFromData(float, frames), 'int8', clipsOf(frames));
  assert.deepEqual(result.drift.cosine, { mean: 1, least: 1 });
  assert.equal(result.drift.sameArgMax, 1);
  assert.ok(result.stages[0]!.skip.mean > 0.3 && result.macs.done < result.macs.dense);
  assert.ok(result.memory!.gated.stateBytes >= 3 * 16 * 24 && result.memory!.dense.stateBytes === 0);
});

test('what is skipped with a threshold shows as drift, and in the fast mode less is computed', async () => {
  const frames = scene(9).map((frame, i) => {
    const random = seededRandom(i);
    return floatTensor(
      FRAME,
      (frame.data as Float32Array).map((value) => value + 0.01 * random()),
    );
  });
  const [exact, fast] = await Promise.all(
    [EXACT, FAST].map((mode) => {
      const graph = gated(mode, diffNetwork(GRID, 3.25), NO_RULES);
      return evaluateOnVideo(graph, 'float32', clipsOf(frames));
    }),
  );
  assert.ok(exact!.drift.relativeL2.mean > 0 && exact!.drift.cosine.least < 1);
  assert.ok(exact!.drift.relativeL2.most < 0.2);
  assert.deepEqual(fast!.stages[0]!.skip, exact!.stages[0]!.skip);
  const closed = (result: typeof exact) => result!.stages[0]!.layers.map(({ closed: { mean } }) => mean);
  const [near, far] = [closed(exact), closed(fast)];
  assert.ok(far.every((share, i) => share >= near[i]!) && far[0]! > near[0]!);
  assert.equal(far[0], exact!.stages[0]!.skip.mean);
});

test('layers behind the end of a gate are computed as a whole', async () => {
  const [whole, short] = await Promise.all(
    [EXACT, { ...EXACT, ends: ['deep_relu'] }].map((mode) =>
      evaluateOnVideo(gated(mode, diffNetwork(GRID, 0), NO_RULES), 'float32', clipsOf(scene(5))),
    ),
  );
  const names = ({ stages }: typeof whole & object) => stages[0]!.layers.map(({ name }) => name);
  assert.ok(names(whole!).length > 1);
  assert.deepEqual(names(short!), names(whole!).slice(0, 1));
  assert.ok(short!.macs.done > whole!.macs.done);
});

test('the curve of a gate goes through the gate itself, and the baselines are what they are called', async () => {
  const frames = scene(9);
  const graph = gated(EXACT, diffNetwork(GRID, 3), NO_RULES);
  const { stages, drift } = await evaluateOnVideo(graph, 'float32', clipsOf(frames));
  const curves = skipDriftCurves(graph, 'float32', samplesOf(frames), ['diff', 'random'], 1);
  assert.deepEqual(
    curves.map(({ gate }) => gate),
    ['this model', 'diff', 'random'],
  );
  const [own, diff, random] = curves.map(({ points }) => points);
  for (const point of [
    own!.find(({ setting }) => setting === 0)!,
    diff!.find(({ setting }) => setting === 3)!,
  ]) {
    assert.equal(point.skip, stages[0]!.skip.mean);
    assert.ok(Math.abs(point.relativeL2 - drift.relativeL2.mean) < 1e-6);
  }
  const half = random!.find(({ setting }) => setting === 0.5)!;
  assert.ok(Math.abs(half.skip - (0.5 * 8) / 9) < 1e-9, `${half.skip}`);
  for (const points of [own!, diff!, random!]) {
    assert.deepEqual(
      points,
      [...points].sort((a, b) => a.skip - b.skip),
    );
  }
});

test('in integers the curve goes through the gate, too', async () => {
  const frames = scene(9);
  const graph = await quantizeFromData(gated(EXACT, diffNetwork(GRID, 3), NO_RULES), frames);
  const { stages, drift } = await evaluateOnVideo(graph, 'int8', clipsOf(frames));
  const [own] = skipDriftCurves(graph, 'int8', samplesOf(frames), [], 1);
  const point = own!.points.find(({ setting }) => setting === 0)!;
  assert.equal(point.skip, stages[0]!.skip.mean);
  assert.equal(point.relativeL2, drift.relativeL2.mean);
});

test('drift of outputs that are zero, equal or opposite', () => {
  const of = (a: readonly number[], b: readonly number[]) =>
    driftOf(Float32Array.from(a), Float32Array.from(b));
  assert.deepEqual(of([0, 0], [0, 0]), { cosine: 1, relativeL2: 0, sameArgMax: true });
  assert.deepEqual(of([0, 0], [3, 4]), { cosine: 0, relativeL2: 1, sameArgMax: false });
  assert.deepEqual(of([-3, -4], [3, 4]), { cosine: -1, relativeL2: 2, sameArgMax: false });
});

test('a model without gates and a clip of one frame say so', async () => {
  assert.deepEqual(gatesIn(backbone()), []);
  const plain = await failure('E_USAGE', () => evaluateOnVideo(backbone(), 'float32', clipsOf(scene(2))));
  assert.match(plain.message, /no gates/);
  await failure('E_DATA', () => evaluateOnVideo(gated(EXACT), 'float32', clipsOf(scene(1), scene(1))));
});

for (const [called, mode] of [
  ['exact', EXACT],
  ['fast', FAST],
] as const) {
  test(`the pixels that are counted are those of the tile lists that the device walks along, ${called}`, async () => {
    const frames = scene(9);
    const rules = { ...NO_RULES, denseAbove: 1 };
    const graph = withMasks(await quantizeFromData(gated(mode, diffNetwork(GRID, 0), rules), frames));
    const [gate] = gatesIn(graph);
    const { stage, keeping } = followedBy(graph, gate!);
    const program = lower(graph);
    const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false } });
    const machine = createMachine(program, plan);
    const run = createRunnerOn(program, plan, machine);
    const encode = sampleEncoder(program);
    let compared = 0;
    for (const { inputs } of samplesOf(frames)) {
      const walked = new Map<string, number>();
      const outputs = run(encode(inputs), ({ name, kernel, inputs: operands }) => {
        if (!/^(conv2d|depthwise_conv2d|add)_tiles_s8$/.test(kernel)) return;
        const [count = 0, ...corners] = machine.view(operands.at(-1)!);
        let pixels = 0;
        for (let tile = 0; tile < count; tile++) {
          const [top = 0, left = 0, bottom = 0, right = 0] = corners.slice(4 * tile, 4 * tile + 4);
          pixels += (bottom - top) * (right - left);
        }
        walked.set(name, pixels);
      });
      const mask = Float32Array.from(outputs.at(-1)!);
      neededShares(stage, GRID.rows, mask, keeping).forEach((share, i) => {
        const { name, shape } = stage.layers[i]!;
        if (!walked.has(name)) return;
        compared++;
        assert.equal(walked.get(name)! / (shape[2]! * shape[3]!), share, name);
      });
    }
    assert.equal(compared, 4 * frames.length, 'three convolutions and a sum');
  });
}
