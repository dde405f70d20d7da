/**
 * Three faults planted into the bundled network, each found in what quantize makes and in a quantised model that is given. A
 * loss is what the fault adds to the error power of the outputs, and what it takes from the right answers.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scaleSamples } from '../../../src/data/scale-samples.ts';
import type { Sample } from '../../../src/data/types.ts';
import { argMax } from '../../../src/execute/evaluate.ts';
import { predictFloat } from '../../../src/execute/predict.ts';
import { predictQuantized } from '../../../src/execute/predict-quantized.ts';
import type { Graph } from '../../../src/graph/types.ts';
import { type Accuracy, type Diagnosis, diagnoseModel } from '../../../src/quantize/diagnose/run.ts';
import { type QuantizeOptions, quantizeGraph } from '../../../src/quantize/quantize-graph.ts';
import { culpritsOf } from '../../../src/report/diagnosis-text.ts';
import { bundledNetwork, images, scaled, withClipping, withOutlierChannel } from './faults.ts';

const network = await bundledNetwork();
const calibration = await images('calibration', 30);
const evaluation = await images('evaluation', 50);

const accuracyOn =
  (samples: readonly Sample[]): Accuracy =>
  async (predict, input, limit) => {
    let right = 0;
    const seen = samples.slice(0, limit ?? samples.length);
    await predict(scaleSamples(scaled(seen, 1), input ?? { factor: 1, offset: 0 }), ({ label }, output) => {
      if (argMax(output) === label) right++;
    });
    return right / seen.length;
  };
const accuracy = accuracyOn(evaluation);

type Case = {
  readonly float?: Graph;
  readonly given?: Graph;
  /** Calibration data are so many times as large as they should be. */
  readonly scale?: number;
  readonly options?: QuantizeOptions;
};

const diagnose = ({ float = network, given, scale = 1, options = {} }: Case): Promise<Diagnosis> =>
  diagnoseModel({
    float,
    given: given ?? null,
    withNorms: float,
    options,
    calibration: () => scaled(calibration, scale),
    calibrationScale: 1,
    samples: evaluation,
    evaluated: true,
    floatLayers: false,
    accuracy,
    judged: evaluation.length,
    pictures: false,
    asked: null,
    jobs: 1,
  });

const quantized = async (float: Graph, scale = 1): Promise<Graph> =>
  (await quantizeGraph(float, () => scaled(calibration, scale))).graph;

const healthy = await quantized(network);
const healthyAccuracy = await accuracy(predictQuantized(healthy, 1), null, null);
const healthyNoise = (await diagnose({ given: healthy })).before.noise;

/** @param after of the best remedies together, or of one of them alone */
const assertRecovered = (before: Diagnosis['before'], after: Diagnosis['before']): void => {
  const noise = (before.noise - after.noise) / (before.noise - healthyNoise);
  assert.ok(noise >= 0.8, `${(100 * noise).toFixed(1)} % of the error power is recovered`);
  const lost = healthyAccuracy - before.accuracy!;
  assert.ok(lost >= 0.1, `the fault costs ${lost} of accuracy`);
  const share = (after.accuracy! - before.accuracy!) / lost;
  assert.ok(share >= 0.8, `${(100 * share).toFixed(1)} % of the accuracy is recovered`);
};

const alone = ({ found }: Diagnosis, id: string): Diagnosis['before'] =>
  found.tried.find(({ remedy }) => remedy.id === id)!;

test('the bundled network has no fault: its float form is as good as its integers', async () => {
  const float = await accuracy(predictFloat(network, 1), null, null);
  assert.ok(healthyAccuracy >= float - 0.02, `${healthyAccuracy} of ${float}`);
});

const OUTLIER = { channel: 3, times: 64 };

for (const given of [false, true]) {
  const path = given ? 'in a given model' : 'in what quantize makes';

  test(`an outlier channel ${path}`, async () => {
    const float = withOutlierChannel(network, OUTLIER.channel, OUTLIER.times);
    const diagnosis = await diagnose({ float, ...(given ? { given: await quantized(float) } : {}) });
    const [culprit] = culpritsOf(diagnosis);
    assert.equal(culprit!.place, 'conv1 (Conv)');
    assert.match(culprit!.text, /channel 3 reaches \d+(\.\d+)? times as far as half of the channels/);
    assert.ok(diagnosis.found.best.remedies.some(({ id }) => id === (given ? 'anew+smooth' : 'smooth')));
    assertRecovered(diagnosis.before, diagnosis.found.best);
  });

  test(`a badly clipped layer ${path}`, async () => {
    const clipped: Case = given
      ? { given: withClipping(network, healthy, 'pointwise2.relu', 16) }
      : { options: { observers: new Map([['pointwise2.relu', { kind: 'percentile', percentile: 60 }]]) } };
    const diagnosis = await diagnose(clipped);
    const [culprit] = culpritsOf(diagnosis);
    assert.equal(culprit!.place, 'pointwise2 (Conv)');
    assert.match(culprit!.text, /\d % of the values lie beyond the codes, which reach 0\.\d+ of 1\d/);
    assertRecovered(diagnosis.before, diagnosis.found.best);
    const single = given ? 'recalibrate=pointwise2.relu' : 'observer-of=pointwise2.relu=mse';
    assertRecovered(diagnosis.before, alone(diagnosis, single));
  });

  test(`a mis-scaled input ${path}`, async () => {
    // Calibrated with pixels 0 .. 1; the model and the device have 0 .. 255.
    const diagnosis = await diagnose(
      given ? { given: await quantized(network, 1 / 255) } : { scale: 1 / 255 },
    );
    const [culprit, ...others] = culpritsOf(diagnosis);
    assert.equal(culprit!.place, 'input image');
    if (given) {
      assert.equal(culprit!.layer?.value, 'image');
      assert.match(culprit!.text, /of the values lie beyond the codes, which reach 1 of 255/);
    } else {
      assert.match(
        culprit!.text,
        /calibration data go from 0 to 1, evaluation data from 0 to 255: 255 times as large/,
      );
      assert.equal(others[0]!.layer?.value, 'image');
      assert.deepEqual(diagnosis.found.best.remedies.map(({ id }) => id)[0], 'calibration-scale=255');
    }
    assertRecovered(diagnosis.before, diagnosis.found.best);
  });
}

test('data in another unit than the model was trained on', async () => {
  const dark = evaluation.map((sample) => ({
    ...sample,
    inputs: sample.inputs.map((one) => one.map((v) => v / 255)),
  }));
  const diagnosis = await diagnoseModel({
    float: network,
    given: null,
    withNorms: network,
    options: {},
    calibration: () => scaled(calibration, 1 / 255),
    calibrationScale: 1,
    samples: dark,
    evaluated: true,
    floatLayers: false,
    accuracy: accuracyOn(dark),
    judged: evaluation.length,
    pictures: false,
    asked: [],
    jobs: 1,
  });
  const [problem] = diagnosis.problems;
  assert.equal(problem?.kind, 'preprocess');
  assert.deepEqual(problem.map, { factor: 255, offset: 0 });
  assert.match(
    culpritsOf(diagnosis).find(({ place }) => place === 'input image')!.text,
    /values go from 0 to 1; as value \* 255 the float model is right for \d/,
  );
  assert.ok(diagnosis.floatAccuracy! < 0.3);
  const recovered =
    (diagnosis.before.accuracy! - diagnosis.floatAccuracy!) / (healthyAccuracy - diagnosis.floatAccuracy!);
  assert.ok(recovered >= 0.8, `${recovered} of the accuracy with data as they should be`);
});
