import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LoneGate, type Sequences, skipShare } from '../../src/gate/budget.ts';
import { type GateTrainingSettings, openGateSession, type TrainedGate } from '../../src/gate/train.ts';
import { ints } from '../../src/graph/build.ts';
import type { Graph } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import type { Saved } from '../../src/train/run/loop.ts';
import { failure } from '../failure.ts';
import { network, pads } from '../train/networks.ts';

const SIDE = 24;
const SHAPE = [1, 1, SIDE, SIDE];
const NEVER = { maxAge: 0, keyFrame: 0, sceneCut: 2, denseAbove: 1 };
const GATE: Omit<LoneGate, 'network'> = { shape: SHAPE, settings: { patch: 4, unit: 1 / 255, ...NEVER } };

function backbone(): Graph {
  return network(SHAPE, ({ conv, op, gemm }, x) => {
    const attributes = { strides: ints([2, 2]), ...pads(1, 1, 1, 1) };
    const first = op('Relu', 'relu1', [conv('first', x, [4, 1, 3, 3], { attributes })]);
    const second = op('Relu', 'relu2', [conv('second', first, [6, 4, 3, 3], { attributes })]);
    return gemm('dense', op('Flatten', 'flat', [second]), 6, 216);
  });
}

/** A square that moves over a still picture, both with noise of some codes. */
function clip(frames: number, noise: number, seed = 3): Sequences {
  const random = seededRandom(seed);
  const still = Float32Array.from({ length: SIDE * SIDE }, () => Math.floor(random() * 120) / 255);
  const frame = (t: number): Float32Array =>
    still.map((value, i) => {
      const [y, x] = [Math.floor(i / SIDE), i % SIDE];
      const inside = y >= 8 && y < 13 && (x - t + 4 * SIDE) % SIDE < 5;
      return (inside ? 0.8 : value) + (Math.round((2 * random() - 1) * noise) + 0) / 255;
    });
  return [Array.from({ length: frames }, (_, t) => frame(t))];
}

const BUDGET = 0.8;

const SETTINGS: GateTrainingSettings = {
  kind: 'micro',
  loss: { contrast: true, margin: 2, budget: { kind: 'square', share: BUDGET }, distillation: 0 },
  budgetWeight: 10,
  rule: 'sigmoid',
  epochs: 15,
  batchSize: 4,
  rate: 0.02,
  schedule: { kind: 'cosine' },
  warmup: { unit: 'steps', count: 0 },
  seed: 1,
  jobs: 1,
};

type Changes = Partial<Omit<GateTrainingSettings, 'loss'>> & {
  readonly loss?: Partial<GateTrainingSettings['loss']>;
};

const session = ({ loss = {}, ...more }: Changes, frames: Sequences, graph = backbone()) =>
  openGateSession(graph, graph.inputs[0]!.value, GATE, frames, {
    ...SETTINGS,
    ...more,
    loss: { ...SETTINGS.loss, ...loss },
  });

const trained = (changes: Changes, frames = clip(25, 3)): Promise<TrainedGate> =>
  session(changes, frames).run();

/** What was skipped in the last epoch, while masks were random. */
const skippedAtEnd = ({ report }: TrainedGate): number => report.epochs.at(-1)!.accuracy!;

describe('gates that are trained', () => {
  it('skip nothing by the published loss alone, and the budget with it', async () => {
    const alone = skippedAtEnd(await trained({ budgetWeight: 0, epochs: 40 }));
    const withBudget = skippedAtEnd(await trained({}));
    const withHinge = skippedAtEnd(await trained({ loss: { budget: { kind: 'hinge', share: BUDGET } } }));
    assert.ok(alone < 0.25, `without a budget ${alone} is skipped`);
    assert.ok(Math.abs(withBudget - BUDGET) < 0.1, `with a budget ${withBudget} is skipped`);
    assert.ok(Math.abs(withHinge - BUDGET) < 0.15, `with a hinge ${withHinge} is skipped`);
  });

  for (const kind of ['micro', 'convmixer'] as const) {
    it(`keep at least the budget, and compute where something moves: ${kind}`, async () => {
      const rate = kind === 'micro' ? SETTINGS.rate : 0.01;
      const { network: gate, skip } = await trained({ kind, rate });
      assert.ok(skip >= BUDGET, `${skip} is skipped`);
      assert.ok(skipShare({ ...GATE, network: gate }, clip(20, 3, 9)) < 1 - 1 / 20);
    });
  }

  it('compute nothing of frames that are the same', async () => {
    const { network: gate } = await trained({});
    const [still] = clip(1, 0, 9)[0]!;
    const same = [Array.from({ length: 20 }, () => still!)];
    assert.ok(Math.abs(skipShare({ ...GATE, network: gate }, same) - (1 - 1 / 20)) < 1e-9);
  });

  it('with shares between the least and the greatest score compute patches of frames that are the same', async () => {
    const still = clip(1, 0)[0]!;
    const same = [Array.from({ length: 9 }, () => still[0]!)];
    const minmax = skippedAtEnd(await trained({ rule: 'minmax', epochs: 30 }, same));
    const sigmoid = skippedAtEnd(await trained({ epochs: 30 }, same));
    assert.ok(sigmoid > 0.75 && minmax < 1, `${sigmoid} and ${minmax} are skipped`);
  });

  it('go on from a checkpoint to what a run without interruption learns', async () => {
    const frames = clip(13, 3);
    const whole = await session({ epochs: 3 }, frames).run();
    const saved: Saved[] = [];
    await session({ epochs: 3 }, frames).run({ save: (one) => saved.push(structuredClone(one)) });
    const rest = await session({ epochs: 3 }, frames).run({ resume: saved[0]! });
    assert.equal(rest.report.epochs.length, 3);
    assert.deepEqual(rest.network.constants, whole.network.constants);
  });

  it('are trained behind a layer, and not where something goes around it', async () => {
    const graph = backbone();
    const value = graph.nodes.find(({ name }) => name === 'relu1')!.outputs[0]!;
    const shape = graph.values.get(value)!.shape;
    const random = seededRandom(5);
    const maps = [Array.from({ length: 9 }, () => Float32Array.from({ length: 4 * 144 }, random))];
    const gate = { ...GATE, shape };
    const { network: learned } = await openGateSession(graph, value, gate, maps, {
      ...SETTINGS,
      epochs: 1,
    }).run();
    assert.deepEqual(learned.values.get(learned.inputs[0]!.value)!.shape, [1, 4, 3, 3]);
    const around = network(SHAPE, ({ conv, op }, x) => {
      const same = { attributes: pads(1, 1, 1, 1) };
      const first = conv('first', x, [1, 1, 3, 3], same);
      return op('Add', 'sum', [conv('second', first, [1, 1, 3, 3], same), x]);
    });
    const refused = failure(() => openGateSession(around, 'first', GATE, clip(3, 0), SETTINGS));
    assert.equal(refused.code, 'E_OP');
    assert.match(refused.message, /goes through it/);
  });

  it('name the operators of a backbone that have no gradient here', () => {
    const graph = network(SHAPE, ({ conv, op }, x) =>
      op('Hardmax', 'winner', [conv('first', x, [1, 1, 1, 1])]),
    );
    const refused = failure(() => session({}, clip(3, 0), graph));
    assert.equal(refused.code, 'E_OP');
    assert.match(`${refused.message} ${refused.at.join()}`, /Hardmax/);
  });
});
