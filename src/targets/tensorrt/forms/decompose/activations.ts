/** Activations as products of older ones. Laws are those of `src/ops/unary.ts`. */
import { float } from '../../../../graph/build.ts';
import { floatAttribute, stringAttribute } from '../../../../ops/attributes.ts';
import type { Decomposition } from './form.ts';

/** Law: x * max(0, min(1, x / 6 + 1 / 2)). */
export const hardSwish: Decomposition = ({ node, add, last }) => {
  const [x = ''] = node.inputs;
  last('Mul', [x, add('gate', 'HardSigmoid', [x], { alpha: float(1 / 6), beta: float(0.5) })]);
};

/** Law: x * sigmoid(alpha * x). */
export const swish: Decomposition = ({ node, add, last, scalar }) => {
  const [x = ''] = node.inputs;
  const alpha = floatAttribute(node, 'alpha', 1);
  const scaled = alpha === 1 ? x : add('scaled', 'Mul', [x, scalar('alpha', alpha)]);
  last('Mul', [x, add('gate', 'Sigmoid', [scaled])]);
};

/** Law: x * tanh(log(1 + e^x)). */
export const mish: Decomposition = ({ node, add, last }) => {
  const [x = ''] = node.inputs;
  last('Mul', [x, add('gate', 'Tanh', [add('softplus', 'Softplus', [x])])]);
};

/**
 * Law: x / 2 * (1 + erf(x / sqrt(2))), or with tanh(sqrt(2 / pi) * (x + 0.044715 x^3)). The cube is a product with x^2, which
 * stays finite in float16 where x^3 does not.
 */
export const gelu: Decomposition = ({ node, add, last, scalar }) => {
  const [x = ''] = node.inputs;
  const half = add('half', 'Mul', [x, scalar('0.5', 0.5)]);
  const one = scalar('1', 1);
  last('Mul', [half, add('gate', 'Add', [squashed(), one])]);

  function squashed(): string {
    if (stringAttribute(node, 'approximate', 'none') !== 'tanh') {
      return add('erf', 'Erf', [add('scaled', 'Mul', [x, scalar('sqrt0.5', Math.SQRT1_2)])]);
    }
    const factor = Math.sqrt(2 / Math.PI);
    const cubic = add('cubic', 'Mul', [
      add('square', 'Mul', [x, x]),
      scalar('cubic_factor', 0.044715 * factor),
    ]);
    const slope = add('slope', 'Add', [cubic, scalar('factor', factor)]);
    return add('tanh', 'Tanh', [add('inner', 'Mul', [x, slope])]);
  }
};

/** Law: x + bias below -lambda, x - bias above lambda, else 0. */
export const shrink: Decomposition = ({ node, add, last, scalar }) => {
  const [x = ''] = node.inputs;
  const [bias, lambda] = [floatAttribute(node, 'bias', 0), floatAttribute(node, 'lambd', 0.5)];
  const shift = scalar('bias', bias);
  const above = add('above', 'Greater', [x, scalar('lambda', lambda)]);
  const below = add('below', 'Less', [x, scalar('minus_lambda', -lambda)]);
  const upper = add('upper', 'Where', [above, add('lowered', 'Sub', [x, shift]), scalar('0', 0)]);
  last('Where', [below, add('raised', 'Add', [x, shift]), upper]);
};
