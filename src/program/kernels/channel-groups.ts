/**
 * Convolutions of several groups as ordinary ones: the input channels of a group are laid out beside each other, for a band of rows of outputs at a
 * time, and its outputs go to their places afterwards.
 */
import { over, RANGE, type Size } from '../signature.ts';
import type { Conv2dParams, Ranges } from './common.ts';
import { type PackedConv2dParams, packedConv2dParams } from './conv2d-pairs-s8.ts';

/** Constants are those of the groups, one after the other. */
export type GroupsParams = PackedConv2dParams & {
  readonly groups: number;
  /** Output channels of a group. */
  readonly groupChannels: number;
  /** Rows of outputs. */
  readonly band: number;
};

export const groupsParams: Ranges<GroupsParams> = {
  ...packedConv2dParams,
  groups: RANGE.count,
  groupChannels: RANGE.count,
  band: RANGE.extent,
};

/** So many of each group, for all of its output channels in groups of `together`. */
export function ofGroups(together: number, ...factors: Size): Size {
  return ['groups', over('groupChannels', together), ...factors];
}

type Sizes = Pick<PackedConv2dParams, 'words' | 'room'>;
type Banded = Omit<Conv2dParams, 'groups'> & Pick<GroupsParams, 'groups' | 'groupChannels' | 'band'>;

/** The convolution of one group over all rows. */
export function convOfGroup(p: Banded): Omit<Conv2dParams, 'groups'> {
  const { batch, inH, inW, outH, outW, kernelH, kernelW, strideH, strideW, dilationH, dilationW } = p;
  return {
    ...{ batch, inH, inW, inChannels: p.inChannels / p.groups, outH, outW, outChannels: p.groupChannels },
    ...{ kernelH, kernelW, strideH, strideW, dilationH, dilationW, padTop: p.padTop, padLeft: p.padLeft },
  };
}

/** Words, and bytes of scratch: what the convolution of a group needs, behind it the rows that a band reads, behind them its outputs. */
export function groupsSizes(p: Banded, sizesOf: (conv: Omit<Conv2dParams, 'groups'>) => Sizes): Sizes {
  const { words, room } = sizesOf(convOfGroup(p));
  const rows = Math.min(p.inH, (p.band - 1) * p.strideH + (p.kernelH - 1) * p.dilationH + 1);
  const laidOut = rows * p.inW * (p.inChannels / p.groups) + p.band * p.outW * p.groupChannels;
  return { words, room: room + laidOut };
}

/** The convolutions that bodies in C compute for one group, band by band. */
export function convsOfBands(p: GroupsParams): readonly PackedConv2dParams[] {
  const conv = convOfGroup(p);
  const { words, room, inputZeroPoint, outputZeroPoint, actMin, actMax } = p;
  const bands = Math.ceil(p.outH / p.band);
  return Array.from({ length: p.batch * bands }, (_, i) => {
    const row = (i % bands) * p.band;
    const count = Math.min(p.band, p.outH - row);
    const start = row * p.strideH - p.padTop;
    const reach = (count - 1) * p.strideH + (p.kernelH - 1) * p.dilationH + 1;
    const [first, end] = [Math.max(0, start), Math.min(p.inH, start + reach)];
    return {
      ...conv,
      ...{
        batch: 1,
        outH: count,
        inH: Math.max(1, end - first),
        padTop: end > first ? first - start : reach,
      },
      ...{ words, room, inputZeroPoint, outputZeroPoint, actMin, actMax },
    };
  });
}

/** Computes the groups one after the other. @param compute the convolution of a group; `number`: which group it is */
export function runGroups(
  p: GroupsParams,
  input: Int8Array,
  output: Int8Array,
  compute: (params: PackedConv2dParams, number: number, input: Int8Array, output: Int8Array) => void,
): void {
  const { groups, groupChannels, band: _, ...own } = p;
  const params = { ...own, ...convOfGroup(p) };
  const { inChannels, outChannels } = params;
  for (let group = 0; group < groups; group++) {
    const x = Int8Array.from(
      { length: input.length / groups },
      (_, i) => input[Math.floor(i / inChannels) * p.inChannels + group * inChannels + (i % inChannels)]!,
    );
    const y = new Int8Array(output.length / groups);
    compute(params, group, x, y);
    y.forEach((code, i) => {
      output[Math.floor(i / outChannels) * p.outChannels + group * groupChannels + (i % outChannels)] = code;
    });
  }
}
