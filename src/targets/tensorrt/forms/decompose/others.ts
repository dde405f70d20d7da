/** Forms of operators that say the same in what older parsers and opsets have. */
import { ints } from '../../../../graph/build.ts';
import { floatTensor, int64Tensor, toNumbers } from '../../../../graph/tensor.ts';
import { intAttribute, intsAttribute } from '../../../../ops/attributes.ts';
import type { Decomposition } from './form.ts';

/** Law: 1 / x. */
export const reciprocal: Decomposition = ({ node, last, scalar }) => {
  last('Div', [scalar('1', 1), node.inputs[0]!]);
};

/** Law: (a or b) and not (a and b). */
export const xor: Decomposition = ({ node, add, last }) => {
  const both = add('both', 'And', node.inputs);
  last('And', [add('either', 'Or', node.inputs), add('not_both', 'Not', [both])]);
};

/** Law: the smallest of x are the largest of -x; any order is allowed where sorted is 0. */
export const topK: Decomposition = ({ node, add, addAll, last }) => {
  const [x = '', k = ''] = node.inputs;
  const { largest: _, sorted: __, ...attributes } = node.attributes;
  if (intAttribute(node, 'largest', 1) !== 0) {
    last('TopK', [x, k], attributes);
    return;
  }
  const [most = '', places = ''] = addAll('most', 'TopK', [add('negative', 'Neg', [x]), k], attributes, 2);
  const [values = '', indices = ''] = node.outputs;
  if (values !== '') last('Neg', [most], {}, [values]);
  if (indices !== '') last('Identity', [places], {}, [indices]);
};

/** Law: axes that `axes` does not name have scale 1. */
export const resizeAxes: Decomposition = ({ node, graph, last, constant, valueNamed }) => {
  const [x = '', , scales = '', sizes = ''] = node.inputs;
  const { shape } = valueNamed(x);
  const axes = intsAttribute(node, 'axes', [...shape.keys()]).map((axis) =>
    axis < 0 ? axis + shape.length : axis,
  );
  const { axes: _, ...attributes } = node.attributes;
  const spread = (name: string, others: readonly number[]): readonly number[] => {
    const given = toNumbers(graph.constants.get(name)!.data);
    return others.map((other, axis) => given[axes.indexOf(axis)] ?? other);
  };
  const isScaled = (graph.constants.get(scales)?.data.length ?? 0) > 0;
  const all = isScaled
    ? [
        constant(
          'scales',
          floatTensor(
            [shape.length],
            spread(
              scales,
              shape.map(() => 1),
            ),
          ),
        ),
      ]
    : ['', constant('sizes', int64Tensor(spread(sizes, shape)))];
  last('Resize', [x, '', ...all], attributes);
};

/** Law: with layout 1 the batch is the first axis of the input, of states and of outputs. */
export const recurrentLayout: Decomposition = ({ node, addAll, add, last }) => {
  const { layout: _, ...attributes } = node.attributes;
  const turned = (part: string, name: string): string =>
    name === '' ? '' : add(part, 'Transpose', [name], { perm: ints([1, 0, 2]) });
  const [x = '', ...rest] = node.inputs;
  const inputs = [
    turned('x', x),
    ...rest.map((name, i) => (i === 4 || i === 5 ? turned(`state_${i - 4}`, name) : name)),
  ];
  const made = addAll('cell', node.op, inputs, attributes, node.outputs.length);
  node.outputs.forEach((output, i) => {
    const perm = ints(i === 0 ? [2, 0, 1, 3] : [1, 0, 2]);
    if (output !== '') last('Transpose', [made[i]!], { perm }, [output]);
  });
};

/** Law: the sizes of the parts, as an input. */
export const splitSizes: Decomposition = ({ node, last, constant, valueNamed }) => {
  const { num_outputs: _, ...attributes } = node.attributes;
  const axis = intAttribute(node, 'axis', 0);
  const sizes = node.outputs.map((name) => valueNamed(name).shape.at(axis)!);
  last('Split', [node.inputs[0]!, constant('sizes', int64Tensor(sizes))], attributes);
};

/** Law: axes that `axes` does not name are not padded. */
export const padAxes: Decomposition = ({ node, graph, last, constant, valueNamed }) => {
  const [x = '', amounts = '', value = '', axesName = ''] = node.inputs;
  const rank = valueNamed(x).shape.length;
  const axes = toNumbers(graph.constants.get(axesName)!.data).map((axis) => (axis < 0 ? axis + rank : axis));
  const given = toNumbers(graph.constants.get(amounts)!.data);
  const spread = (end: number): readonly number[] =>
    Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? given[axes.indexOf(axis) + end]! : 0));
  const all = [...spread(0), ...spread(axes.length)];
  last('Pad', [x, constant('pads', int64Tensor(all)), ...(value === '' ? [] : [value])], node.attributes);
};
