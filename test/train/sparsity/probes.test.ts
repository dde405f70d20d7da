import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SchemeLayer } from '../../../src/train/compile/trained.ts';
import { bestMeasured, lastLayers } from '../../../src/train/sparsity/budgets.ts';
import {
  contributionsOf,
  measurementsOf,
  type ProbeRow,
  predictedGain,
  probesOf,
} from '../../../src/train/sparsity/probes.ts';
import { choiceKey, choiceText, schemeOf, sharesOf } from '../../../src/train/sparsity/schemes.ts';

const LAYERS: readonly SchemeLayer[] = [
  { name: 'conv', hasBias: true, channels: 2 },
  { name: 'depthwise', hasBias: true, channels: 1 },
  { name: 'dense', hasBias: true, channels: 8 },
];

const row = (choice: string, loss: number | null, seed = 1): ProbeRow => ({
  choice,
  seed,
  loss,
  accuracy: loss === null ? null : 0.5,
  failure: loss === null ? 'no longer finite' : null,
  seconds: 1,
});

describe('probes', () => {
  it('are every depth of biases, and every share of each layer beside those behind it', () => {
    assert.deepEqual(probesOf(LAYERS, [0.25, 1], false).map(choiceKey), [
      ...['0:', '1:', '2:', '3:'],
      ...['3:0x0.25', '3:0x1', '2:1x1', '1:2x0.25', '1:2x1'],
    ]);
    assert.ok(!probesOf(LAYERS, [1], true).some(({ parts }) => parts.some(({ layer }) => layer === 2)));
  });

  it('take shares that are the same channels once', () => {
    assert.deepEqual(sharesOf(LAYERS[0]!, [1 / 8, 1 / 4, 1 / 2, 1]), [0.5, 1]);
    assert.deepEqual(sharesOf(LAYERS[1]!, [1 / 8, 1 / 2]), []);
    assert.deepEqual(sharesOf(LAYERS[2]!, [1 / 8, 1 / 4, 1 / 2, 1]), [1 / 8, 1 / 4, 1 / 2, 1]);
  });

  it('give parts the factor of the loss that they are worth beside their biases', () => {
    const rows = [
      row('0:', 2),
      row('1:', 1),
      row('2:', 1),
      row('3:', 0.5),
      row('1:2x1', 0.25),
      row('2:1x1', 4),
    ];
    const gains = contributionsOf(LAYERS, measurementsOf(rows));
    assert.deepEqual(
      gains.ofDepth.map(Math.exp).map((factor) => Math.round(factor * 1e6) / 1e6),
      [1, 2, 2, 4],
    );
    assert.ok(Math.abs(Math.exp(gains.ofPart({ layer: 2, share: 1 })) - 4) < 1e-9);
    assert.equal(gains.ofPart({ layer: 0, share: 1 }), 0, 'nobody measured it');
    const both = { depth: 3, parts: [{ layer: 2, share: 1 }] };
    assert.ok(Math.abs(Math.exp(predictedGain(both, LAYERS, gains)) - 16) < 1e-9);
    const spoilt = {
      depth: 3,
      parts: [
        { layer: 1, share: 1 },
        { layer: 2, share: 1 },
      ],
    };
    assert.ok(
      Math.abs(Math.exp(predictedGain(spoilt, LAYERS, gains)) - 0.5) < 1e-9,
      'what spoils, spoils all',
    );
  });

  it('are means over seeds, and none where one of them overflowed', () => {
    const measured = measurementsOf([row('0:', 2), row('0:', 4, 2), row('1:', 1), row('1:', null, 2)]);
    assert.deepEqual(measured.get('0:'), { loss: 3, accuracy: 0.5 });
    assert.equal(measured.has('1:'), false);
  });

  it('decide among schemes by the loss that was left', () => {
    const [one, two, three] = lastLayers(LAYERS, false);
    assert.equal(choiceKey(two!), '2:1x1,2x1');
    const measured = measurementsOf([row('1:2x1', 0.5), row('2:1x1,2x1', 0.25)]);
    assert.equal(bestMeasured([one!, two!, three!], measured), two);
    assert.equal(bestMeasured([three!, one!], new Map()), three);
  });

  it('are written as train reads them', () => {
    const choice = {
      depth: 2,
      parts: [
        { layer: 0, share: 0.5 },
        { layer: 2, share: 1 },
      ],
    };
    assert.deepEqual(schemeOf(choice, LAYERS, 'abc'), {
      kind: 'listed',
      biases: 2,
      weights: [
        { layer: 'conv', channels: 0.5 },
        { layer: 'dense', channels: 1 },
      ],
      model: 'abc',
    });
    assert.equal(choiceText(choice, LAYERS), '2 biases; conv 1/2, dense');
  });
});
