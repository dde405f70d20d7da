import { badShape } from '../../ops/define.ts';
import { affineGrid, nonZero, window } from './generated.ts';
import { gridSample } from './grid-sample.ts';
import { loop, scan } from './loops.ts';
import { MICROSOFT, simplifiedNormalization } from './microsoft.ts';
import { arrayFeatureExtractor, linearClassifier, linearRegressor, normalizer, scaler } from './ml.ts';
import { attention, castLike, compress, meanVarianceNormalization, reverseSequence } from './onnx.ts';
import { microsoftRotaryEmbedding, rotaryEmbedding } from './rotary.ts';
import { SEQUENCES } from './sequences.ts';
import { dft, stft } from './transforms.ts';
import type { Expansion } from './writer.ts';

/** Operators that are taken apart as soon as shapes are known, by name: none of them is in a Graph. */
export const COMPOSITES: ReadonlyMap<string, Expansion> = new Map([
  ['Attention', needing([0, 1, 2], attention)],
  ['AffineGrid', needing([0, 1], affineGrid)],
  ['BlackmanWindow', needing([0], window([0.42, -0.5, 0.08]))],
  ['HammingWindow', needing([0], window([25 / 46, -21 / 46]))],
  ['HannWindow', needing([0], window([0.5, -0.5]))],
  ['NonZero', needing([0], nonZero)],
  ['CastLike', needing([0, 1], castLike)],
  ['Compress', needing([0, 1], compress)],
  ['DFT', needing([0], dft)],
  ['GridSample', needing([0, 1], gridSample)],
  ['MeanVarianceNormalization', needing([0], meanVarianceNormalization)],
  ['ReverseSequence', needing([0, 1], reverseSequence)],
  ['RotaryEmbedding', needing([0, 1, 2], rotaryEmbedding)],
  ['STFT', needing([0, 1], stft)],
  ['com.microsoft::RotaryEmbedding', needing([0, 1, 2, 3], microsoftRotaryEmbedding)],
  ['Loop', loop],
  ['Scan', scan],
  ...SEQUENCES.map(([name, inputs, expansion]) => [name, needing(inputs, expansion)] as const),
  ['SimplifiedLayerNormalization', needing([0, 1], simplifiedNormalization)],
  ['ai.onnx.ml::Scaler', needing([0], scaler)],
  ['ai.onnx.ml::LinearClassifier', needing([0], linearClassifier)],
  ['ai.onnx.ml::LinearRegressor', needing([0], linearRegressor)],
  ['ai.onnx.ml::Normalizer', needing([0], normalizer)],
  ['ai.onnx.ml::ArrayFeatureExtractor', needing([0, 1], arrayFeatureExtractor)],
  ...MICROSOFT.map(
    ([name, inputs, expansion]) => [`com.microsoft::${name}`, needing(inputs, expansion)] as const,
  ),
]);

/** Operators that take a sequence for a value. */
export const TAKING_SEQUENCES: ReadonlySet<string> = new Set([
  'Loop',
  'Scan',
  'Identity',
  ...SEQUENCES.map(([name]) => name),
]);

function needing(places: readonly number[], expansion: Expansion): Expansion {
  return (node, writer) => {
    const missing = places.find((i) => !node.inputs[i]);
    if (missing !== undefined) badShape(node, `input ${missing} is missing`);
    expansion(node, writer);
  };
}
