import { badShape } from '../../ops/define.ts';
import { MICROSOFT, simplifiedNormalization } from './microsoft.ts';
import { arrayFeatureExtractor, scaler } from './ml.ts';
import { attention } from './onnx.ts';
import type { Expansion } from './writer.ts';

/** Operators that are taken apart as soon as shapes are known, by name: none of them is in a Graph. */
export const COMPOSITES: ReadonlyMap<string, Expansion> = new Map([
  ['Attention', needing([0, 1, 2], attention)],
  ['SimplifiedLayerNormalization', needing([0, 1], simplifiedNormalization)],
  ['ai.onnx.ml::Scaler', needing([0], scaler)],
  ['ai.onnx.ml::ArrayFeatureExtractor', needing([0, 1], arrayFeatureExtractor)],
  ...MICROSOFT.map(
    ([name, inputs, expansion]) => [`com.microsoft::${name}`, needing(inputs, expansion)] as const,
  ),
]);

function needing(places: readonly number[], expansion: Expansion): Expansion {
  return (node, writer) => {
    const missing = places.find((i) => !node.inputs[i]);
    if (missing !== undefined) badShape(node, `input ${missing} is missing`);
    expansion(node, writer);
  };
}
