/** Normalisations in sums and products. Laws are those of `src/ops/normalisation.ts`. */
import { float, int } from '../../../../graph/build.ts';
import { floatTensor, int64Tensor } from '../../../../graph/tensor.ts';
import { floatAttribute, intAttribute } from '../../../../ops/attributes.ts';
import type { Decomposition, Form } from './form.ts';

/** The axes from `axis` to the last, as a constant. */
function normalisedAxes({ node, valueNamed, constant }: Form): string {
  const rank = valueNamed(node.inputs[0]!).shape.length;
  const axis = intAttribute(node, 'axis', -1);
  const first = axis < 0 ? axis + rank : axis;
  return constant('axes', int64Tensor(Array.from({ length: rank - first }, (_, i) => first + i)));
}

const KEEP = { keepdims: int(1) };

/** sqrt(mean of squares of x + epsilon), over axes that stay with size 1. */
function deviationOf({ node, add, scalar }: Form, x: string, axes: string): string {
  const power = add('power', 'ReduceMean', [add('square', 'Mul', [x, x]), axes], KEEP);
  const epsilon = scalar('epsilon', floatAttribute(node, 'epsilon', 1e-5));
  return add('deviation', 'Sqrt', [add('variance', 'Add', [power, epsilon])]);
}

/** Law: (x - mean) / sqrt(variance + epsilon) * scale + bias; Mean and InvStdDev too where they are asked for. */
export const layerNormalization: Decomposition = (form) => {
  const { node, add, last, scalar } = form;
  const [x = '', scale = '', bias = ''] = node.inputs;
  const [y = '', mean = '', inverse = ''] = node.outputs;
  const axes = normalisedAxes(form);
  const center = add('mean', 'ReduceMean', [x, axes], KEEP);
  const centered = add('centered', 'Sub', [x, center]);
  const deviation = deviationOf(form, centered, axes);
  if (mean !== '') last('Identity', [center], {}, [mean]);
  if (inverse !== '') last('Div', [scalar('1', 1), deviation], {}, [inverse]);
  const normal = add('normal', 'Div', [centered, deviation]);
  if (bias === '') last('Mul', [normal, scale], {}, [y]);
  else last('Add', [add('scaled', 'Mul', [normal, scale]), bias], {}, [y]);
};

/** Law: x / sqrt(mean of squares + epsilon) * scale. */
export const rmsNormalization: Decomposition = (form) => {
  const { node, add, last } = form;
  const [x = '', scale = ''] = node.inputs;
  last('Mul', [add('normal', 'Div', [x, deviationOf(form, x, normalisedAxes(form))]), scale]);
};

/** Law: each group of channels is one channel of an InstanceNormalization without scale and bias; both come behind it. */
export const groupNormalization: Decomposition = ({ node, graph, add, last, constant, valueNamed }) => {
  const [x = '', scale = '', bias = ''] = node.inputs;
  const { shape } = valueNamed(x);
  const [batch = 1, channels = 1] = shape;
  const groups = intAttribute(node, 'num_groups', 1);
  const filled = (part: string, value: number) =>
    constant(part, floatTensor([groups], new Float32Array(groups).fill(value)));
  const reshaped = (part: string, value: string, target: readonly number[]) =>
    add(part, 'Reshape', [value, constant(`${part}_shape`, int64Tensor(target))]);

  const grouped = reshaped('grouped', x, [batch, groups, -1]);
  const epsilon = { epsilon: float(floatAttribute(node, 'epsilon', 1e-5)) };
  const normal = add(
    'normal',
    'InstanceNormalization',
    [grouped, filled('ones', 1), filled('zeros', 0)],
    epsilon,
  );
  const back = reshaped('back', normal, shape);
  const scaled = add('scaled', 'Mul', [back, perChannel('scale', scale)]);
  last('Add', [scaled, perChannel('bias', bias)]);

  function perChannel(part: string, name: string): string {
    const target = [channels, ...shape.slice(2).map(() => 1)];
    const tensor = graph.constants.get(name);
    return tensor === undefined ? reshaped(part, name, target) : constant(part, { ...tensor, shape: target });
  }
};
