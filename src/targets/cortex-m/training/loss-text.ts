/** What C of training says of a loss: a class beside each sample, or nothing, where the sample is its own target. */
import type { DeviceLoss } from '../../../train/compile/device.ts';

export type LossText = {
  /** Parameter of functions behind the input: `int32_t label, `, or nothing. */
  readonly parameter: string;
  /** An argument for it. */
  readonly argument: (label: string) => string;
  /** Words for what a step learns. */
  readonly learns: string;
  /** Whether results say whether a sample was right. */
  readonly judges: boolean;
};

export function lossText({ kind }: DeviceLoss): LossText {
  switch (kind) {
    case 'cross-entropy':
      return {
        parameter: 'int32_t label, ',
        argument: (label) => `${label}, `,
        learns: 'one sample and its class',
        judges: true,
      };
    case 'reconstruction':
      return { parameter: '', argument: () => '', learns: 'to give back one sample', judges: false };
  }
}
