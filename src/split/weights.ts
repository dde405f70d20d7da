import { prepareFloat } from '../execute/predict.ts';
import type { Graph } from '../graph/types.ts';
import { type Features, tailData } from './features.ts';

/** Samples that each channel is left out of. */
const SAMPLES = 100;
/** Least weight of a channel, of the mean: what these samples do not need others may. */
const LEAST = 0.02;

/**
 * What a squared error of one code costs, by channel: how far the outputs of the tail move when the channel is its mean everywhere, by its
 * variance. 1 on the mean.
 * @param tail in float, whose input the features are
 */
export async function channelWeights(tail: Graph, features: Features): Promise<Float64Array> {
  const few = { ...features, codes: features.codes.slice(0, SAMPLES) };
  const outputsOf = outputsOn(tail);
  const whole = await outputsOf(few);
  const weights = new Float64Array(features.channels);
  for (let channel = 0; channel < features.channels; channel++) {
    const { mean, variance } = spread(few, channel);
    if (variance === 0) continue;
    const without = few.codes.map((map) =>
      map.map((code, i) => (i % features.channels === channel ? mean : code)),
    );
    const moved = await outputsOf({ ...few, codes: without });
    weights[channel] = squaredDistance(whole, moved) / variance;
  }
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const raised = weights.map((weight) => Math.max(weight, LEAST * mean));
  const scale = raised.reduce((sum, weight) => sum + weight, 0) / raised.length;
  return scale > 0 ? raised.map((weight) => weight / scale) : raised.fill(1);
}

/** The first output of a tail for each map. */
function outputsOn(tail: Graph): (features: Features) => Promise<readonly Float32Array[]> {
  const { run } = prepareFloat(tail);
  return async (features) => {
    const outputs: Float32Array[] = [];
    for await (const sample of tailData('features', features).samples()) {
      outputs.push(run([sample])[0]!.slice());
    }
    return outputs;
  };
}

function spread({ codes, channels }: Features, channel: number): { mean: number; variance: number } {
  let [count, sum, squares] = [0, 0, 0];
  for (const map of codes) {
    for (let i = channel; i < map.length; i += channels) {
      count++;
      sum += map[i]!;
      squares += map[i]! ** 2;
    }
  }
  return { mean: Math.round(sum / count), variance: squares / count - (sum / count) ** 2 };
}

function squaredDistance(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  return a.reduce((sum, values, n) => values.reduce((s, value, i) => s + (value - b[n]![i]!) ** 2, sum), 0);
}
