/** Functions of angles and hyperbolas, and their slopes. */
import { TRIGONOMETRY, type TrigonometryFunction } from '../../program/kernels/trigonometry-f32.ts';
import { UNARY, type UnaryFunction } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow } from './arithmetic.ts';
import { numberOperand, type Operand, pushBinary } from './boxes.ts';
import { arena, constant, type Emitter, push } from './emit.ts';

export function pushTrigonometry(
  e: Emitter,
  name: string,
  how: TrigonometryFunction,
  x: TensorId,
  size: number,
): Flow {
  const data = arena(e, `${name}/${how}`, 'float32', size);
  push(e, 'trigonometry_f32', name, { inputs: [x], outputs: [data] }, { size, function: TRIGONOMETRY[how] });
  return { data, size, extent: null };
}

/** The gradient of what a function reads from that of what it gives. */
export function throughTrigonometry(
  e: Emitter,
  name: string,
  how: TrigonometryFunction,
  x: TensorId,
  { data: g, size }: Flow,
): Flow {
  const operand = (tensor: TensorId): Operand => ({ tensor, at: { offset: 0, shape: [size], strides: [1] } });
  const binary = (operation: Parameters<typeof pushBinary>[2], a: Operand, b: Operand): Operand =>
    operand(pushBinary(e, name, operation, [a, b], [size], 'gradient').data);
  const number = (value: number): Operand => numberOperand(e, name, value);
  const own = (other: TrigonometryFunction): Operand =>
    operand(pushTrigonometry(e, name, other, x, size).data);
  const unary = (of: UnaryFunction, a: Operand): Operand => {
    const data = arena(e, `${name}/${of}`, 'float32', size, 'gradient');
    const constants = [constant(e, `${name}/parameters`, new Float32Array(2))];
    push(
      e,
      'unary_f32',
      name,
      { inputs: [a.tensor], constants, outputs: [data] },
      { size, function: UNARY[of] },
    );
    return operand(data);
  };
  const squared = (a: Operand): Operand => unary('square', a);
  const incoming = operand(g);
  const result = ((): Operand => {
    switch (how) {
      case 'sin':
        return binary('multiply', incoming, own('cos'));
      case 'cos':
        return binary('multiply', incoming, unary('negate', own('sin')));
      case 'tan':
        return binary('multiply', incoming, binary('add', squared(own('tan')), number(1)));
      case 'sinh':
        return binary('multiply', incoming, own('cosh'));
      case 'cosh':
        return binary('multiply', incoming, own('sinh'));
      case 'asin':
        return binary('divide', incoming, unary('sqrt', binary('subtract', number(1), squared(operand(x)))));
      case 'acos': {
        const root = unary('sqrt', binary('subtract', number(1), squared(operand(x))));
        return binary('divide', incoming, unary('negate', root));
      }
      case 'atan':
        return binary('divide', incoming, binary('add', squared(operand(x)), number(1)));
      case 'asinh':
        return binary('divide', incoming, unary('sqrt', binary('add', squared(operand(x)), number(1))));
      case 'acosh':
        return binary('divide', incoming, unary('sqrt', binary('subtract', squared(operand(x)), number(1))));
      case 'atanh':
        return binary('divide', incoming, binary('subtract', number(1), squared(operand(x))));
    }
  })();
  return { data: result.tensor, size, extent: null };
}
