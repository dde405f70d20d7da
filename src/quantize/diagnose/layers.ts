/** The layers of a float graph beside those of its quantised form, as they are taken apart. */
import { consumers, producers, sameQuant } from '../../graph/rewrite.ts';
import { sameShape } from '../../graph/tensor.ts';
import type { Graph, Node, Quant, Tensor } from '../../graph/types.ts';
import { dequantizeTensor } from '../../ops/quant.ts';
import { isMover, movedInputs } from '../../passes/movers.ts';
import { findSubjects, type Subject } from '../layer-error.ts';
import { type LinearNode, linearNodes } from '../scheme.ts';

export type Layer = Subject & {
  /** Of its output. */
  readonly quant: Quant;
  /** Outputs of other layers that it reads. */
  readonly reads: readonly string[];
  /** What its codes mean in place of its float weights; null where it has none, or other ones. */
  readonly rounded: RoundedWeights | null;
  /** Whether it hands on the codes that it gets: no error is its own. */
  readonly moves: boolean;
};

export type RoundedWeights = {
  readonly linear: LinearNode;
  readonly weights: Tensor;
  /** Null where it has none. */
  readonly bias: Tensor | null;
};

/** @param float values have the same names in both graphs; those that only one has are left out */
export function layersOf(float: Graph, quantized: Graph): readonly Layer[] {
  const subjects = findSubjects(float, quantized);
  const names = new Set(subjects.map(({ value }) => value));
  const linear = new Map(linearNodes(float).map((one) => [one.node, one]));
  const makers = producers(quantized);
  const byName = new Map(quantized.nodes.map((node) => [node.name, node]));
  const quantOf = (name: string): Quant | null => quantized.values.get(name)?.quant ?? null;
  return subjects.map((subject): Layer => {
    const { node, value } = subject;
    const quant = quantOf(value)!;
    const form = node === null ? undefined : linear.get(node);
    const twin = node === null ? undefined : (makers.get(node.outputs[0]!) ?? byName.get(node.name));
    return {
      ...subject,
      quant,
      reads: node === null ? [] : node.inputs.filter((name) => names.has(name)),
      rounded: form === undefined || twin === undefined ? null : roundedWeights(float, quantized, form, twin),
      moves:
        node !== null && isMover(node) && movedInputs(node).every((name) => sameQuant(quantOf(name), quant)),
    };
  });
}

function roundedWeights(
  float: Graph,
  quantized: Graph,
  linear: LinearNode,
  { op, inputs: [, weightName = '', biasName = ''] }: Node,
): RoundedWeights | null {
  const weights = meaningOf(quantized, weightName);
  if (op !== linear.node.op || weights === null) return null;
  if (!sameShape(weights.shape, float.constants.get(linear.weights)!.shape)) return null;
  return { linear, weights, bias: biasName === '' ? null : meaningOf(quantized, biasName) };
}

function meaningOf({ constants, values }: Graph, name: string): Tensor | null {
  const tensor = constants.get(name);
  const quant = values.get(name)?.quant ?? null;
  return tensor === undefined || quant === null ? null : dequantizeTensor(tensor, quant);
}

/** The Relu or Clip that is computed with a layer: it makes the value that has codes; null where the layer makes it itself. */
export function activationOf(float: Graph, { node, value }: Layer): Node | null {
  if (node === null || node.outputs.includes(value)) return null;
  return (
    consumers(float)
      .get(node.outputs[0]!)
      ?.find(({ outputs }) => outputs[0] === value) ?? null
  );
}
