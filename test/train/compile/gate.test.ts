import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Kernels, loadKernels } from '../../../src/engine/load.ts';
import { gateGraph } from '../../../src/gate/network.ts';
import { ints } from '../../../src/graph/build.ts';
import { elementCount } from '../../../src/graph/tensor.ts';
import type { Graph, TypedArray } from '../../../src/graph/types.ts';
import { frozenUnits, gateNetwork } from '../../../src/train/compile/gate.ts';
import { readNetwork } from '../../../src/train/compile/network.ts';
import { OCTO_DEFAULTS, type StepOptions } from '../../../src/train/options.ts';
import { trainerOf } from '../../../src/train/run/trainer.ts';
import type { Batch, PatchContrast, Trainer } from '../../../src/train/types.ts';
import { compiledKernels } from '../../engine/programs.ts';
import { failure } from '../../failure.ts';
import { randomNumbers } from '../../passes/helpers.ts';
import { MEASURING, network, pads } from '../networks.ts';

const BATCH = 2;
const LOSS: PatchContrast = {
  kind: 'patch-contrast',
  contrast: true,
  margin: 3,
  budget: { kind: 'square', share: 0.9 },
  distillation: 0.5,
};

/** Frozen batch norms, a bounded activation, a sum, a pool and a dense layer. */
function backbone(): Graph {
  return network([1, 2, 8, 8], ({ conv, norm, op, clip, gemm }, x) => {
    const first = norm(
      'bn',
      conv('first', x, [4, 2, 3, 3], { bias: false, attributes: pads(1, 1, 1, 1) }),
      4,
    );
    const six = clip('six', first, -3, 6);
    const second = conv('second', six, [4, 4, 3, 3], { attributes: pads(1, 1, 1, 1) });
    const sum = op('Add', 'sum', [six, second]);
    const pooled = op('AveragePool', 'pool', [sum], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
    return gemm('dense', op('Flatten', 'flat', [pooled]), 5, 64);
  });
}

type Choices = Partial<Pick<Parameters<typeof gateNetwork>[0], 'reads' | 'rule' | 'hard'>>;

/** A gate with scores near 0, and hidden units that begin to count at different places. */
function undecided(gate: Graph): Graph {
  const other = (name: string, make: (value: number, i: number) => number) => {
    const tensor = gate.constants.get(name)!;
    return [name, { ...tensor, data: Float32Array.from(tensor.data as Float32Array, make) }] as const;
  };
  const changes = [
    other('pointwise_bias', (_, i) => -0.25 * i),
    other('score_weights', (value) => 0.3 * value),
    other('score_bias', () => -0.7),
  ];
  return { ...gate, constants: new Map([...gate.constants, ...changes]) };
}

function trainer(
  choices: Choices = {},
  loss: Partial<PatchContrast> = {},
  kernels: Kernels = loadKernels(),
): Trainer {
  const behind = readNetwork(backbone(), false);
  const { reads = 'statistics', rule = 'sigmoid', hard = false } = choices;
  const [channels = 0, height = 0, width = 0] = behind.inputShape;
  const kind = reads === 'pair' ? 'convmixer' : 'micro';
  const fresh = gateGraph(kind, { channels, height, width, patch: 2 }, 3);
  const gate = readNetwork(kind === 'micro' ? undecided(fresh) : fresh, true);
  const parts = { reads, rule, hard, patch: 2, unit: 1 / 64 } as const;
  const whole = gateNetwork({ backbone: behind, gate, ...parts });
  const options: StepOptions = {
    method: 'float',
    loss: { ...LOSS, ...loss },
    batchSize: BATCH,
    optimizer: MEASURING,
    scheme: { kind: 'full' },
    freeze: frozenUnits(whole, gate),
    init: 'model',
    classes: null,
    seed: 5,
    octo: OCTO_DEFAULTS,
    accumulate: 1,
    backend: 'native',
    jobs: 1,
  };
  return trainerOf(whole, gate, options, undefined, kernels);
}

/** Pairs of frames that differ a little, more in the first rows; `still`: not at all. */
function pairs(seed: number, still = false, budgetWeight = 2): Batch {
  const random = randomNumbers(seed);
  const elements = elementCount([2, 8, 8]);
  const inputs = new Float32Array(2 * BATCH * elements);
  for (let n = 0; n < BATCH; n++) {
    for (let i = 0; i < elements; i++) {
      const value = random();
      inputs[2 * n * elements + i] = value;
      inputs[(2 * n + 1) * elements + i] = still ? value : value + random() * (i % 64 < 24 ? 0.5 : 0.05);
    }
  }
  return { inputs, labels: new Int32Array(BATCH), targets: Float32Array.of(0.7, budgetWeight) };
}

const MEASURE = { step: 0, learningRate: 0 };

function gradients(from: Trainer, batch: Batch): ReadonlyMap<string, Float32Array> {
  from.step(batch, MEASURE);
  const state = from.state();
  return new Map(
    [...state].flatMap(([name, data]) =>
      name.endsWith('/velocity') ? [[name.slice(0, -'/velocity'.length), data as Float32Array]] : [],
    ),
  );
}

function slopes(from: Trainer, batch: Batch, name: string, width: number): Float64Array {
  const before = from.state();
  const lossWith = (index: number, change: number): number => {
    const changed = (before.get(name) as Float32Array).slice();
    changed[index]! += change;
    from.restore(new Map<string, TypedArray>([...before, [name, changed]]));
    return from.step(batch, MEASURE).loss;
  };
  const found = Float64Array.from(
    before.get(name) as Float32Array,
    (_, i) => (lossWith(i, width) - lossWith(i, -width)) / (2 * width),
  );
  from.restore(before);
  return found;
}

const CASES: readonly (readonly [string, Choices, Partial<PatchContrast>])[] = [
  ['a gate on statistics of the frame', {}, {}],
  ['a gate on the frames', { reads: 'pair' }, {}],
  ['shares between the least and the greatest score', { rule: 'minmax' }, {}],
  [
    'distillation and a budget that only lacks',
    {},
    { contrast: false, budget: { kind: 'hinge', share: 0.9 } },
  ],
];

describe('the training of gates', () => {
  for (const [title, choices, loss] of CASES) {
    it(`has the gradients of differences: ${title}`, () => {
      const measured = trainer(choices, loss);
      const batch = pairs(11);
      const exact = gradients(measured, batch);
      const names = [...measured.state().keys()].filter((name) => /(weights|bias)$/.test(name));
      assert.deepEqual([...exact.keys()].sort(), names.sort(), 'the gate alone is trained');
      let [compared, different] = [0, 0];
      for (const [name, gradient] of exact) {
        const [near, far] = [slopes(measured, batch, name, 2 ** -10), slopes(measured, batch, name, 2 ** -9)];
        const most = near.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
        // A number added to all scores moves nothing between the least and the greatest.
        const moves = choices.rule !== 'minmax' || name !== 'score/bias';
        assert.ok(!moves || most > 1e-3, `${name} has a gradient that can be measured: ${most}`);
        near.forEach((slope, i) => {
          if (Math.abs(slope - far[i]!) > 2e-3) return;
          compared++;
          if (Math.abs(gradient[i]! - slope) > 1e-3 + 5e-3 * most) different++;
        });
      }
      const all = [...exact.values()].reduce((sum, { length }) => sum + length, 0);
      assert.ok(compared > all / 2, `${compared} of ${all} are measured`);
      // A kink within the width is not always seen from two widths.
      assert.ok(different <= 0.03 * compared, `${different} of ${compared} are others`);
    });
  }

  it('learns nothing from patches that do not change, but for the budget', () => {
    const still = gradients(trainer({ hard: true }, { distillation: 0 }), pairs(7, true, 0));
    for (const [name, gradient] of still)
      assert.ok(
        gradient.every((value) => value === 0),
        name,
      );
    const budget = gradients(trainer({ hard: true }, { distillation: 0 }), pairs(7, true, 2));
    assert.ok([...budget.values()].some((gradient) => gradient.some((value) => value !== 0)));
  });

  it('gives the same bytes on every executor', () => {
    for (const choices of [{ hard: true }, { hard: true, rule: 'minmax', reads: 'pair' }] as const) {
      const outcome = (kernels: Kernels) => {
        const own = trainer(choices, {}, kernels);
        const results = [0, 1, 2].map((step) => own.step(pairs(step), { step, learningRate: 0.1 }));
        return { results, state: [...own.state()].map(([name, data]) => [name, [...data]]) };
      };
      const expected = outcome({ kind: 'typescript', reason: 'the judge' });
      assert.equal(new Set(expected.results.map(({ loss }) => loss)).size, 3, 'the loss changes');
      for (const kernels of compiledKernels()) assert.deepEqual(outcome(kernels), expected, kernels.kind);
    }
  });

  it('gives back the gate with what it learned, and leaves the backbone out', () => {
    const own = trainer({ hard: true });
    own.step(pairs(1), { step: 0, learningRate: 0.1 });
    const learned = own.toGraph();
    const first = gateGraph('micro', { channels: 2, height: 8, width: 8, patch: 2 }, 3);
    assert.deepEqual([...learned.constants.keys()], [...first.constants.keys()]);
    assert.notDeepEqual(learned.constants, first.constants);
  });

  it('refuses patches that do not divide the frame, and gates of another size', () => {
    const behind = readNetwork(backbone(), false);
    const gate = readNetwork(gateGraph('micro', { channels: 2, height: 8, width: 8, patch: 2 }, 3), true);
    const parts = {
      backbone: behind,
      gate,
      reads: 'statistics',
      rule: 'sigmoid',
      hard: true,
      unit: 1,
    } as const;
    const refused = (patch: number) => failure(() => gateNetwork({ ...parts, patch })).message;
    assert.match(refused(3), /do not divide/);
    assert.match(refused(4), /the gate has/);
  });
});
