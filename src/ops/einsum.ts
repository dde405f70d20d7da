/** Einsum: sums of products over labelled axes (ONNX operator specification, after numpy.einsum). Sums are formed in float64. */
import { elementCount } from '../graph/tensor.ts';
import type { Node } from '../graph/types.ts';
import { asNumbers, computeTensor, forEachRow, rowMajorStrides } from './arrays.ts';
import { stringAttribute } from './attributes.ts';
import {
  badShape,
  COMPUTED,
  checkSize,
  commonType,
  defineOperator,
  type Inputs,
  MANY,
  output,
} from './define.ts';
import type { Operator } from './types.ts';

/** An equation with the axes of an ellipsis named, and the size of every label. */
export type Equation = {
  /** Of each operand, one label for each axis. */
  readonly operands: readonly (readonly string[])[];
  readonly result: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
};

const ELLIPSIS = '...';

/** Labels of a term; axes of an ellipsis are named from the last one on, so that they align. */
function labelsOf(node: Node, term: string, hidden: number): readonly string[] {
  const [before = '', after, ...others] = term.split(ELLIPSIS);
  if (others.length > 0 || !/^[A-Za-z]*$/.test(before + (after ?? ''))) {
    badShape(node, `the term "${term}" of an equation`, EQUATIONS);
  }
  if (after === undefined) return [...before];
  return [...before, ...Array.from({ length: hidden }, (_, i) => `.${hidden - 1 - i}`), ...after];
}

const EQUATIONS = 'an equation has letters and at most one ellipsis for each operand: "bij,bjk->bik"';

/** @throws TinymlError E_SHAPE for an equation that is none, or that the operands do not fit */
export function equationOf(node: Node, shapes: readonly (readonly number[])[]): Equation {
  const text = stringAttribute(node, 'equation', '').replaceAll(' ', '');
  const [left = '', right, ...more] = text.split('->');
  const terms = left.split(',');
  if (more.length > 0 || terms.length !== shapes.length) {
    badShape(node, `the equation "${text}" for ${shapes.length} operands`, EQUATIONS);
  }
  const hiddenIn = terms.map((term, i) =>
    term.includes(ELLIPSIS) ? shapes[i]!.length - term.replace(ELLIPSIS, '').length : 0,
  );
  const operands = terms.map((term, i) => labelsOf(node, term, Math.max(hiddenIn[i]!, 0)));
  const sizes = new Map<string, number>();
  operands.forEach((labels, i) => {
    const shape = shapes[i]!;
    if (labels.length !== shape.length) {
      badShape(node, `the term "${terms[i]}" for an operand of shape [${shape.join(', ')}]`, EQUATIONS);
    }
    labels.forEach((label, axis) => {
      const size = sizes.get(label) ?? 1;
      if (size !== 1 && shape[axis] !== 1 && size !== shape[axis]) {
        badShape(node, `the label "${label}" stands for ${size} and for ${shape[axis]} elements`);
      }
      sizes.set(label, size === 1 ? shape[axis]! : size);
    });
  });
  const hidden = Math.max(0, ...hiddenIn);
  const result = right === undefined ? impliedResult(operands.flat(), hidden) : labelsOf(node, right, hidden);
  const strange = result.find((label, i) => !sizes.has(label) || result.indexOf(label) !== i);
  if (strange !== undefined) badShape(node, `the label "${strange}" of what comes out`, EQUATIONS);
  return { operands, result, sizes };
}

/** Without an arrow: the ellipsis, then the labels that stand once, in the order of the alphabet. */
function impliedResult(labels: readonly string[], hidden: number): readonly string[] {
  const ellipsis = Array.from({ length: hidden }, (_, i) => `.${hidden - 1 - i}`);
  const once = labels.filter(
    (label) => !label.startsWith('.') && labels.indexOf(label) === labels.lastIndexOf(label),
  );
  return [...ellipsis, ...once.sort()];
}

const shapesOf = (inputs: Inputs): readonly (readonly number[])[] => inputs.map((input) => input!.shape);

const einsum = defineOperator({
  name: 'Einsum',
  inputs: [1, MANY],
  infer: (node, inputs) => {
    const dtype = commonType(node, inputs);
    const { result, sizes } = equationOf(node, shapesOf(inputs));
    checkSize(node, [...sizes.values()]);
    return output(
      dtype,
      result.map((label) => sizes.get(label)!),
    );
  },
  run: (node, inputs, [out]) => {
    const { operands, result, sizes } = equationOf(node, shapesOf(inputs));
    const summed = [...sizes.keys()].filter((label) => !result.includes(label));
    const loops = [...result, ...summed];
    const data = inputs.map((input) => asNumbers(input!.data));
    const strides = operands.map((labels, i) => {
      const own = rowMajorStrides(inputs[i]!.shape);
      return loops.map((label) =>
        labels.reduce(
          (sum, one, axis) => (one === label && inputs[i]!.shape[axis] !== 1 ? sum + own[axis]! : sum),
          0,
        ),
      );
    });
    const offsets = strides.map((own) => {
      const places: number[] = [];
      forEachRow([...loops.map((label) => sizes.get(label)!), 1], [...own, 0], 0, (at) => places.push(at));
      return places;
    });
    const terms = elementCount(summed.map((label) => sizes.get(label)!));
    return [
      computeTensor(out!, (results) => {
        for (let i = 0; i < results.length; i++) {
          let sum = 0;
          for (let k = i * terms; k < (i + 1) * terms; k++) {
            sum += data.reduce((product, one, operand) => product * one[offsets[operand]![k]!]!, 1);
          }
          results[i] = sum;
        }
      }),
    ];
  },
  macs: (node, inputs) => elementCount([...equationOf(node, shapesOf(inputs)).sizes.values()]),
  quant: COMPUTED,
});

export const einsumOperators: readonly Operator[] = [einsum];
