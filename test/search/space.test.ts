import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { loadModel } from '../../src/onnx/load.ts';
import { packageRoot } from '../../src/package-root.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { cross, draw, keyOf, mutate, widened } from '../../src/search/candidate.ts';
import { isMakeable, networkOf } from '../../src/search/network.ts';
import { spaceAround, withWidth } from '../../src/search/read-network.ts';
import { loadSpace, type Space, type Stage } from '../../src/search/space.ts';
import { trainable } from '../../src/train/run/model.ts';
import { inFolder } from '../cli/small.ts';

const mobile = loadSpace(join(packageRoot(), 'fixtures', 'search', 'mobile.json'));

test('candidates are those of the space, by the seed alone', () => {
  const drawn = [1, 1, 2].map((seed) => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => draw(mobile, mobile.sizes[0]!, 1, random));
  });
  assert.deepEqual(drawn[0], drawn[1]);
  assert.notDeepEqual(drawn[0], drawn[2]);
  for (const { stages } of drawn[0]!) {
    stages.forEach((chosen, index) => {
      for (const [gene, value] of Object.entries(chosen)) {
        const choices: readonly unknown[] = mobile.stages[index]![gene as keyof typeof chosen];
        assert.ok(choices.includes(value), `${gene} ${value}`);
      }
    });
  }
});

test('a mutant differs in one choice at least, a child of two is made of their stages', () => {
  const random = seededRandom(3);
  const [a, b] = [draw(mobile, [28, 28], 1, random), draw(mobile, [28, 28], 1, random)];
  for (let i = 0; i < 50; i++) {
    const mutant = mutate(mobile, a, 0, random);
    const changed = mutant.stages.flatMap((stage, at) =>
      Object.keys(stage).filter(
        (gene) => stage[gene as keyof typeof stage] !== a.stages[at]![gene as keyof typeof stage],
      ),
    );
    assert.equal(changed.length, 1);
    cross(a, b, random).stages.forEach((stage, at) => {
      assert.ok(stage === a.stages[at] || stage === b.stages[at]);
    });
  }
});

test('a network too large for any device is counted, never made', () => {
  const stages = Array.from({ length: 64 }, () =>
    one('inverted', 4096, { depth: [32], expansion: [16], kernel: [7] }),
  );
  const space: Space = { ...EVERYTHING, stages, widths: [8], head: ['flatten'], sizes: [[4096, 4096]] };
  const largest = draw(space, space.sizes[0]!, 8, () => 0);
  assert.equal(isMakeable(space, largest), false);
  assert.throws(
    () => networkOf(space, largest),
    (error: unknown) => error instanceof TinymlError && error.code === 'E_MEMORY',
  );
  const small = draw(EVERYTHING, EVERYTHING.sizes[0]!, 1, () => 0);
  assert.equal(isMakeable(EVERYTHING, small), true);
});

test('a network whose pools reach beyond its images is none', () => {
  const stages = [one('conv', 4, { pool: [true] }), one('conv', 4, { pool: [true] })];
  const pooling: Space = { ...EVERYTHING, channels: 1, stages };
  const of = (side: number, depth = 1): boolean => {
    const drawn = draw(pooling, [side, side], 1, () => 0);
    const [first, second] = drawn.stages;
    const candidate = { ...drawn, stages: [first!, { ...second!, depth }] };
    const makeable = isMakeable(pooling, candidate);
    const make = () => prepareGraph(networkOf(pooling, candidate), { deadChannels: false });
    if (makeable) make();
    else assert.throws(make, (error: unknown) => error instanceof TinymlError && error.code === 'E_SHAPE');
    return makeable;
  };
  assert.deepEqual([of(4), of(3), of(2), of(3, 0), of(1, 0)], [true, false, false, true, false]);
});

test('keys say what a network is made of', () => {
  const candidate = {
    size: [20, 28] as const,
    width: 0.5,
    stages: [
      { kind: 'conv', channels: 16, depth: 1, kernel: 3, expansion: 1, stride: 2, pool: true },
      { kind: 'residual', channels: 16, depth: 0, kernel: 3, expansion: 1, stride: 1, pool: false },
      { kind: 'inverted', channels: 24, depth: 2, kernel: 5, expansion: 4, stride: 1, pool: false },
    ] as const,
    head: 'flatten' as const,
  };
  assert.equal(keyOf(candidate), '28x20 w0.5 c16k3s2p i24k5e4x2 flat');
  assert.deepEqual([widened(16, 0.35), widened(4, 0.1), widened(40, 1.25)], [4, 4, 52]);
});

const one = (kind: Stage['kind'][number], channels: number, given: Partial<Stage> = {}): Stage => ({
  kind: [kind],
  channels: [channels],
  depth: [1],
  kernel: [3],
  expansion: [1],
  stride: [1],
  pool: [false],
  ...given,
});

/** A network of every kind of block. */
const EVERYTHING: Space = {
  name: 'everything',
  channels: 3,
  sizes: [[30, 26]],
  widths: [1],
  classes: 5,
  stages: [
    one('conv', 8, { kernel: [5], stride: [2] }),
    one('separable', 12, { pool: [true] }),
    one('inverted', 12, { expansion: [3], depth: [2] }),
    one('residual', 16, { stride: [2], depth: [2] }),
    one('conv', 20, { kernel: [1] }),
  ],
  head: ['average'],
};

for (const head of ['average', 'flatten'] as const) {
  test(`the space around a network holds the network itself: ${head}`, () => {
    const space: Space = { ...EVERYTHING, head: [head] };
    const candidate = draw(space, space.sizes[0]!, 1, () => 0);
    const { graph } = trainable(networkOf(space, candidate), {});
    assert.deepEqual(graph.values.get(graph.outputs[0]!.value)!.shape, [1, 5]);
    const around = spaceAround(graph, true);
    assert.deepEqual(
      { ...around, stages: [], widths: [] },
      {
        ...space,
        stages: [],
        widths: [],
        sizes: [
          [30, 26],
          [23, 20],
          [15, 13],
        ],
      },
    );
    assert.ok(around.widths.includes(1));
    assert.equal(around.stages.length, 5);
    around.stages.forEach((stage, index) => {
      const own = space.stages[index]!;
      for (const gene of ['kind', 'channels', 'depth', 'kernel', 'expansion', 'stride', 'pool'] as const) {
        assert.ok(
          (stage[gene] as readonly unknown[]).includes(own[gene][0]),
          `stage ${index}: ${gene} ${own[gene]} in ${stage[gene]}`,
        );
      }
    });
  });
}

test('the bundled classifier has a space around it, a network of other layers is refused by name', async () => {
  const path = join(packageRoot(), 'fixtures', 'fashion-mnist', 'model.onnx');
  const { stages, head } = spaceAround(trainable(await loadModel(path), {}).graph, false);
  assert.deepEqual(
    stages.map(({ kind, pool }) => [kind[0], pool[0]]),
    [
      ['conv', true],
      ['separable', true],
      ['separable', false],
    ],
  );
  assert.deepEqual(head, ['flatten']);
  assert.throws(
    () => spaceAround(prepareGraph(backbone, { keepBatchNorm: true }), false),
    (error: unknown) => error instanceof TinymlError && error.code === 'E_OP' && error.at.length === 1,
  );
});

const backbone = await loadModel(join(packageRoot(), 'fixtures', 'clips', 'backbone.onnx'));

test('a space is read with its defaults, and all of its faults are said at once', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'space.json');
    const stages = [{ kind: ['conv'], channels: [8], depth: [1] }];
    writeFileSync(path, JSON.stringify({ channels: 1, sizes: [[8, 8]], classes: 2, stages }));
    const { widths, head, stages: read } = loadSpace(path);
    assert.deepEqual([widths, head, read[0]!.kernel], [[1], ['average'], [3]]);
    const wrong = [{ kind: ['dense'], channels: [], depth: [1], kernel: [4] }];
    writeFileSync(path, JSON.stringify({ channels: 1, sizes: [[8, 8]], classes: 1, stages: wrong }));
    assert.throws(
      () => loadSpace(path),
      (error: unknown) =>
        error instanceof TinymlError &&
        error.code === 'E_USAGE' &&
        error.at.join(' ').includes('classes') &&
        /must be a list of at least 1 entry, not \[\].*must be 1, 3, 5 or 7, not 4/.test(error.at.join(' ')),
    );
  }));

test('a network with half of its channels is the same chain of blocks', () => {
  const candidate = draw(EVERYTHING, EVERYTHING.sizes[0]!, 1, () => 0);
  const { graph } = trainable(networkOf(EVERYTHING, candidate), {});
  const kinds = (of: typeof graph): readonly string[] => of.nodes.map(({ op }) => op);
  const whole = trainable(withWidth(graph, 1), {}).graph;
  assert.deepEqual(kinds(whole), kinds(graph));
  const channels = (of: typeof graph): readonly number[] =>
    of.nodes.filter(({ op }) => op === 'Conv').map(({ outputs }) => of.values.get(outputs[0]!)!.shape[1]!);
  assert.deepEqual(channels(whole), channels(graph));
  const half = trainable(withWidth(graph, 0.5), {}).graph;
  assert.deepEqual(channels(half).slice(0, 3), [4, 4, 8]);
});
