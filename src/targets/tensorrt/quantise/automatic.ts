/** Layers that int8 makes too wrong stay out of it: a measured choice, over a few samples. */
import type { Sample } from '../../../data/types.ts';
import type { Graph, Node } from '../../../graph/types.ts';
import { decibels, outputError, outputsOf } from './errors.ts';
import { placePairs } from './placement.ts';
import type { Left } from './precisions.ts';
import { runnableForm } from './runnable.ts';
import { type Scales, writePairs } from './write.ts';

/** Signal to error, in dB, that a layer by itself and the outputs of the model must reach: a third and a tenth in amplitude. */
const LEAST_SQNR = { layer: 10, output: 20 } as const;

export type Search = {
  /** Least signal to error of the outputs with all layers in int8 that structure allows, in dB; null without an error. */
  readonly before: number | null;
  /** The same with the layers that are left. */
  readonly after: number | null;
  /** Layers left out because of what was measured. */
  readonly leftOut: number;
};

/**
 * Leaves out what is too wrong by itself, and then, worst first, as few layers as the outputs need to come near the float
 * ones. One run for the errors, and one for each halving of the number of layers to leave out.
 * @param left what is left out already
 * @param errors of each layer alone (`errorsAlone`)
 */
export function leaveInaccurate(
  graph: Graph,
  left: Left,
  scales: Scales,
  errors: ReadonlyMap<Node, number>,
  samples: readonly Sample[],
): { readonly left: Left; readonly search: Search } {
  const wanted = outputsOf(graph, samples);
  const worst = [...errors].sort(([, a], [, b]) => a - b).map(([node]) => node);
  const hopeless = worst.filter((node) => errors.get(node)! < LEAST_SQNR.layer).length;
  /** Of the outputs, with so many of the worst layers left out. */
  const errorWithout = (count: number): number => {
    const { layers } = placePairs(graph, new Set([...left.keys(), ...worst.slice(0, count)]));
    return outputError(runnableForm(writePairs(graph, layers, scales)), samples, wanted);
  };
  const before = errorWithout(0);
  let [count, after] = [hopeless, hopeless === 0 ? before : errorWithout(hopeless)];
  if (after < LEAST_SQNR.output) {
    // With none in int8 there is no error: the number that is enough lies within (tooFew, enough].
    let [tooFew, enough] = [count, worst.length];
    after = Number.POSITIVE_INFINITY;
    while (enough - tooFew > 1) {
      const middle = (tooFew + enough) >> 1;
      const error = errorWithout(middle);
      if (error >= LEAST_SQNR.output) [enough, after] = [middle, error];
      else tooFew = middle;
    }
    count = enough;
  }
  const reasonOf = (node: Node): string => {
    const alone = `signal to error of this layer alone is ${errors.get(node)!.toFixed(1)} dB`;
    return errors.get(node)! < LEAST_SQNR.layer
      ? `too wrong in int8: ${alone}, less than ${LEAST_SQNR.layer}`
      : `among the most wrong in int8: ${alone}; with all of them the output has ${before.toFixed(1)} dB, less than ${LEAST_SQNR.output}`;
  };
  return {
    left: new Map([
      ...left,
      ...worst.slice(0, count).map((node) => [node, { precision: 'fp16', reason: reasonOf(node) }] as const),
    ]),
    search: { before: decibels(before), after: decibels(after), leftOut: count },
  };
}
