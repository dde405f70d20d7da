/** The windows of a pooling, as its kernels and their gradients visit them. */
import type { MaxPool2dShape } from './common.ts';

type Windows = Omit<MaxPool2dShape, 'dilationH' | 'dilationW'> &
  Partial<Pick<MaxPool2dShape, 'dilationH' | 'dilationW'>>;

/**
 * Calls back for every window, in the order of the outputs, with the indices of the input elements inside it by row and column.
 * Positions in the padding are left out. The list is valid during the call.
 */
export function eachWindow(
  { dilationH = 1, dilationW = 1, ...p }: Windows,
  visit: (output: number, inside: readonly number[]) => void,
): void {
  const inside: number[] = [];
  let output = 0;
  for (let n = 0; n < p.batch; n++) {
    for (let oy = 0; oy < p.outH; oy++) {
      for (let ox = 0; ox < p.outW; ox++) {
        for (let c = 0; c < p.channels; c++) {
          inside.length = 0;
          for (let ky = 0; ky < p.kernelH; ky++) {
            const iy = oy * p.strideH + ky * dilationH - p.padTop;
            if (iy < 0 || iy >= p.inH) continue;
            for (let kx = 0; kx < p.kernelW; kx++) {
              const ix = ox * p.strideW + kx * dilationW - p.padLeft;
              if (ix >= 0 && ix < p.inW) inside.push(((n * p.inH + iy) * p.inW + ix) * p.channels + c);
            }
          }
          visit(output++, inside);
        }
      }
    }
  }
}
