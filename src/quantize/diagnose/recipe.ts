/** How a quantised model is made, as a value: remedies change it. */
import type { InputMap } from '../../data/scale-samples.ts';
import type { QuantizeOptions } from '../quantize-graph.ts';

export type Recipe = {
  /** What is done to all data before the model sees it; null for nothing. */
  readonly input: InputMap | null;
  /** What calibration data are multiplied by, beside that. */
  readonly calibrationScale: number;
  readonly origin: Origin;
};

type Origin =
  /** Quantised after training, from the float model. */
  | { readonly kind: 'float'; readonly options: QuantizeOptions }
  /** The quantised model that was given, with some of it chosen anew. */
  | {
      readonly kind: 'given';
      /** Activations whose scales follow from calibration; 'all' of them. */
      readonly recalibrated: readonly string[] | 'all';
      /** Nodes whose weights are rounded from those of the float model. */
      readonly reweighted: readonly string[];
    };

/** The recipe with other options of `quantize`; a given model is then quantised anew, from the float one. */
export function withOptions(recipe: Recipe, base: QuantizeOptions, change: QuantizeOptions): Recipe {
  const options = recipe.origin.kind === 'float' ? recipe.origin.options : base;
  return { ...recipe, origin: { kind: 'float', options: { ...options, ...change } } };
}
