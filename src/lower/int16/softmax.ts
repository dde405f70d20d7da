/** Softmax of 16-bit codes, over any axis. */
import type { Node } from '../../graph/types.ts';
import { quantizeMultiplier } from '../../numbers/fixed-point.ts';
import { intAttribute } from '../../ops/attributes.ts';
import { powersOfTwo } from '../../program/kernels/softmax-s16.ts';
import { ARENA } from '../../program/types.ts';
import {
  activationQuant,
  addConstant,
  addTensor,
  contiguousIn,
  defineValue,
  elements,
  type LoweringContext,
  layoutOf,
  shapeOf,
} from '../shared/context.ts';
import { physicalShape } from '../shared/views.ts';

const PROBABILITIES = { scale: 2 ** -15, zeroPoint: 0 };

/** Beyond this, one code below the largest is a probability that rounds to 0. */
const LARGEST_SCALE = 2 ** 10;

export function lowerSoftmax(context: LoweringContext, node: Node): void {
  const [x] = node.inputs as readonly [string];
  const [value] = node.outputs as readonly [string];
  const shape = shapeOf(context, x);
  const attribute = intAttribute(node, 'axis', -1);
  const axis = attribute < 0 ? attribute + shape.length : attribute;
  // Where the axis does not lie innermost, a copy turns it there, and what comes out lies so too.
  const layout = [...layoutOf(context, x).filter((k) => k !== axis), axis];
  const rowSize = shape[axis]!;
  const { scale } = activationQuant(context, x, node);
  const quant = activationQuant(context, value, node);
  const source = contiguousIn(context, x, node, layout);
  const destination = defineValue(context, value, quant, layout);
  const isWanted = quant.scale === PROBABILITIES.scale;
  const tensor = isWanted
    ? destination
    : addTensor(context, {
        name: `${node.name}_probabilities`,
        dtype: 'int16',
        shape: physicalShape(shape, layout),
        quant: PROBABILITIES,
        storage: ARENA,
      });
  context.steps.push({
    kernel: 'softmax_s16',
    name: node.name,
    inputs: [source],
    constants: [addConstant(context, `${node.name}_powers`, powersOfTwo())],
    outputs: [tensor],
    params: {
      rows: elements(shape) / rowSize,
      rowSize,
      ...quantizeMultiplier(Math.min(scale, LARGEST_SCALE) * Math.LOG2E * 2 ** 16),
    },
  });
  if (isWanted) return;
  context.steps.push({
    kernel: 'requantize_s16',
    name: node.name,
    inputs: [tensor],
    constants: [],
    outputs: [destination],
    params: {
      size: elements(shape),
      ...quantizeMultiplier(PROBABILITIES.scale / quant.scale),
      actMin: -32768,
      actMax: 32767,
    },
  });
}
