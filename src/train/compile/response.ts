/** Local response normalisation: y = x s^-beta, s = bias + alpha times the squares of the channels around. */
import { UNARY, type UnaryFunction } from '../../program/kernels/unary-f32.ts';
import type { TensorId } from '../../program/types.ts';
import type { Flow } from './arithmetic.ts';
import { numberOperand, type Operand, pushBinary } from './boxes.ts';
import type { Context } from './context.ts';
import { arena, constant, push } from './emit.ts';
import { realData } from './float-arithmetic.ts';
import type { FunctionSource } from './functions.ts';
import type { Unit } from './network.ts';
import { pushTaps, throughTaps } from './taps-steps.ts';

type Response = Extract<FunctionSource, { kind: 'response' }>;

export function response({ e, kept }: Context, { name }: Unit, source: Response): Flow {
  const x = kept.get(source.x)!;
  const { channels, before, behind, alpha, beta, bias } = source;
  const data = arena(e, `${name}/value`, 'float32', x.size);
  const constants = [constant(e, `${name}/parameters`, Float32Array.of(alpha, beta, bias))];
  const operands = { inputs: [realData(e, name, x)], constants, outputs: [data] };
  push(e, 'lrn_f32', name, operands, { outer: x.size / channels, channels, before, behind });
  return { data, size: x.size, extent: null };
}

/** dx = g p - 2 beta x r, p = s^-beta, r = alpha times the sum of g x p / s over the channels that x is a neighbour of. */
export function throughResponse(
  { e, kept, batch }: Context,
  { name }: Unit,
  source: Response,
  g: Flow,
): Flow {
  const { beta, bias, window } = source;
  const { size } = g;
  const whole = (tensor: TensorId): Operand => ({ tensor, at: { offset: 0, shape: [size], strides: [1] } });
  const binary = (operation: Parameters<typeof pushBinary>[2], a: Operand, b: Operand): Operand =>
    whole(pushBinary(e, name, operation, [a, b], [size], 'gradient').data);
  const number = (value: number): Operand => numberOperand(e, name, value);
  const unary = (of: UnaryFunction, a: Operand): Operand => {
    const data = arena(e, `${name}/${of}`, 'float32', size, 'gradient');
    const constants = [constant(e, `${name}/no-parameters`, new Float32Array(2))];
    push(
      e,
      'unary_f32',
      name,
      { inputs: [a.tensor], constants, outputs: [data] },
      { size, function: UNARY[of] },
    );
    return whole(data);
  };
  const x = whole(realData(e, name, kept.get(source.x)!));
  const squares = pushTaps(e, name, window, unary('square', x).tensor, batch);
  const sum = binary('add', whole(squares), number(bias));
  const power = unary('exp', binary('multiply', unary('log', sum), number(-beta)));
  const direct = binary('multiply', whole(g.data), power);
  const shares = binary('divide', binary('multiply', direct, x), sum);
  const back = throughTaps(e, name, window, { data: shares.tensor, size, extent: null }, batch);
  const around = binary('multiply', binary('multiply', x, number(2 * beta)), whole(back.data));
  return { data: binary('subtract', direct, around).tensor, size, extent: null };
}
