/** Steps that make one row of all: pools over a whole image, as int32 sums of channels to which rows are added as they come. */
import type { Step } from './kernels/index.ts';
import type { RowForm } from './row-forms.ts';

/** Its rows are those of the input, each of which is added to the sums; of the output it writes none. */
export type FoldForm = RowForm & {
  /** Int32 sums. */
  readonly sums: number;
  /** The step that makes the output of the sums. */
  readonly finish: Step;
};

export function isFold(form: RowForm | FoldForm): form is FoldForm {
  return 'finish' in form;
}

/** Null where a step is no average over a whole image of several rows. */
export function foldFormOf(step: Step): FoldForm | null {
  if (step.kernel !== 'avg_pool2d_s8' && step.kernel !== 'mean_pool2d_s8') return null;
  const { batch, inH, inW, outH, outW, kernelH, kernelW, padTop, padLeft, channels } = step.params;
  const isGlobal = outH === 1 && outW === 1 && padTop === 0 && padLeft === 0;
  const isDilated = step.kernel === 'mean_pool2d_s8' && step.params.dilationH * step.params.dilationW > 1;
  if (batch !== 1 || !isGlobal || isDilated) return null;
  if (kernelH !== inH || kernelW !== inW || inH * inW === 1) return null;
  const [rows, positions] = inH === 1 ? [inW, 1] : [inH, inW];
  return {
    rows,
    rowElements: 0,
    inputs: [{ rows, rowElements: positions * channels }],
    reads: (_, read) => read,
    onRows: ({ first, count }) => ({
      ...step,
      kernel: 'pool_sums_s8',
      params: { positions: count * positions, channels, isFirst: first === 0 ? 1 : 0 },
    }),
    constants: () => new Map(),
    sums: channels,
    finish: finishOf(step, inH * inW),
  };
}

function finishOf(
  step: Extract<Step, { readonly kernel: 'avg_pool2d_s8' | 'mean_pool2d_s8' }>,
  count: number,
): Step {
  const { channels, actMin, actMax } = step.params;
  switch (step.kernel) {
    case 'avg_pool2d_s8':
      return { ...step, kernel: 'average_sums_s8', params: { channels, count, actMin, actMax } };
    case 'mean_pool2d_s8': {
      const { inputOffset, outputOffset, multiplier, shift } = step.params;
      return {
        ...step,
        kernel: 'requantize_sums_s8',
        params: { channels, sumOffset: count * inputOffset, outputOffset, multiplier, shift, actMin, actMax },
      };
    }
  }
}
