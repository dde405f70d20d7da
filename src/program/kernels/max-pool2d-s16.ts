import { input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { clamp, type Limits16, limits16, type MaxPool2dShape, maxPool2dParams, POOL2D } from './common.ts';
import { eachWindow } from './windows.ts';

/** Maximum of the valid window of int16 codes, then the clamp. inputs [x NHWC], outputs [y NHWC]. */
export type MaxPool2dS16 = StepOf<'max_pool2d_s16', MaxPool2dShape & Limits16>;

export const maxPool2dS16: Kernel<MaxPool2dS16> = {
  signature: {
    about: `Maximum over the valid window, of int16 codes. Equal scales in and out.`,
    params: { ...maxPool2dParams, ...limits16 },
    operands: [input('input', 'int16', POOL2D.input), output('output', 'int16', POOL2D.output)],
    rule: 'max_pool2d',
  },

  run({ params: p }, { inputs: [x], outputs: [y] }) {
    eachWindow(p, (output, inside) => {
      const best = inside.reduce((most, at) => Math.max(most, x![at]!), -32768);
      y![output] = clamp(best, p.actMin, p.actMax);
    });
  },
};
