/** Where the training of a gate starts: with scores that skip the budget already, whatever the clips are like. */
import { createExecutor } from '../execute/float.ts';
import { float, graphBuilder, int } from '../graph/build.ts';
import { PATCH_STATISTICS } from '../graph/own-operators.ts';
import { producers } from '../graph/rewrite.ts';
import type { Graph, Node, Tensor } from '../graph/types.ts';
import type { LoneGate } from './budget.ts';
import { GATE_INPUT, type LearnedKind } from './network.ts';
import type { Pair } from './pairs.ts';

/** So many pairs, spread over all, are looked at. */
const LOOKED_AT = 32;

/** Scores are spread so much to either side of 0: masks are neither sure nor blind. */
const SPREAD = 2;

/**
 * The gate with biases and a scale of its scores by what it sees. Hidden units of micro begin to count at equal steps of what they see, so
 * that none of them is never active, or always; scores have a spread of SPREAD, and `budget` of them are below 0.
 */
export function startNear(
  network: Graph,
  kind: LearnedKind,
  pairs: readonly Pair[],
  gate: Omit<LoneGate, 'network'>,
  budget: number,
): Graph {
  const every = Math.ceil(pairs.length / LOOKED_AT);
  const seen = sightsOf(
    kind,
    gate,
    pairs.filter((_, i) => i % every === 0),
  );
  const spread = kind === 'micro' ? withSteps(network, seen) : network;
  const last = producers(spread).get(spread.outputs[0]!.value)!;
  const scores = valuesOf(spread, last.outputs[0]!, seen)[0]!;
  const middle = quantile(scores, budget);
  const deviation = Math.sqrt(scores.reduce((sum, one) => sum + (one - middle) ** 2, 0) / scores.length);
  const scale = deviation > 0 ? SPREAD / deviation : 1;
  const scaled = changed(spread, last, 1, (weight) => weight * scale);
  return changed(scaled, last, 2, (bias) => (bias - middle) * scale);
}

/** Hidden unit i of n counts what is above its i-th of n quantiles. */
function withSteps(network: Graph, seen: readonly Tensor[]): Graph {
  const hidden = network.nodes.find(({ name }) => name === 'pointwise')!;
  const units = valuesOf(network, hidden.outputs[0]!, seen);
  return changed(network, hidden, 2, (bias, i) => bias - quantile(units[i]!, i / units.length));
}

/** What a gate sees of pairs. */
function sightsOf(
  kind: LearnedKind,
  { shape, settings: { patch, unit } }: Omit<LoneGate, 'network'>,
  pairs: readonly Pair[],
): readonly Tensor[] {
  const b = graphBuilder('sight');
  const inputs = [b.input('frame', shape), b.input('reference', shape)];
  const [, channels = 1, height = 1, width = 1] = shape;
  b.output(
    GATE_INPUT[kind] === 'pair'
      ? b.node('Concat', inputs, { attributes: { axis: int(1) }, shape: [1, 2 * channels, height, width] })
      : b.node(PATCH_STATISTICS, inputs, {
          attributes: { patch: int(patch), unit: float(unit) },
          shape: [1, 4, height / patch, width / patch],
        }),
  );
  const executor = createExecutor(b.build());
  return pairs.map(({ frame, references }, i) => {
    const data = [frame, references[i % references.length]!];
    return executor.run(data.map((one): Tensor => ({ dtype: 'float32', shape, data: one })))[0]!;
  });
}

/** All values of each channel of a value. */
function valuesOf(network: Graph, value: string, seen: readonly Tensor[]): readonly (readonly number[])[] {
  const { shape } = network.values.get(value)!;
  const executor = createExecutor({ ...network, outputs: [{ name: value, value, dtype: 'float32' }] });
  const maps = seen.map((tensor) => executor.run([tensor])[0]!.data as Float32Array);
  const size = maps[0]!.length / shape[1]!;
  return Array.from({ length: shape[1]! }, (_, c) =>
    maps.flatMap((map) => [...map.subarray(c * size, (c + 1) * size)]),
  );
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

/** The network with other values of a constant of a node. */
function changed(
  network: Graph,
  node: Node,
  input: number,
  change: (value: number, index: number) => number,
): Graph {
  const name = node.inputs[input]!;
  const tensor = network.constants.get(name)!;
  const data = Float32Array.from(tensor.data as Float32Array, change);
  return { ...network, constants: new Map([...network.constants, [name, { ...tensor, data }]]) };
}
