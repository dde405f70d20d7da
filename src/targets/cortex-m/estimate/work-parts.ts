/**
 * Counts of convolutions that are computed as others: transposed ones as those of their phases, row by row (native/kernels/generic/tinyml_transposed_phases.h),
 * those of several groups as those of each, band by band (tinyml_channel_groups.h).
 */
import { convOfGroup, convsOfBands, type GroupsParams } from '../../../program/kernels/channel-groups.ts';
import type { PackedConv2dParams } from '../../../program/kernels/conv2d-pairs-s8.ts';
import {
  callsOfRows,
  type PhasesParams,
  type phasesSizes,
} from '../../../program/kernels/transposed-phases.ts';
import { together, type Work } from './work-types.ts';

/** @param convolution counts of one of them */
export function phasesWork(
  p: PhasesParams,
  sizesOf: Parameters<typeof phasesSizes>[1],
  convolution: (params: PackedConv2dParams) => Work,
): Work {
  const calls = callsOfRows(p, sizesOf);
  const isApart = p.phaseChannels === p.outChannels && p.strideW > 1;
  const positions = isApart ? p.batch * p.outH * p.outW : 0;
  return {
    ...together([...calls.map(convolution), moved(positions, p.outChannels)]),
    ...{ call: 1, phase: calls.length, outputRow: p.batch * p.outH },
  };
}

/** Channels of so many positions that come to lie elsewhere, words before bytes. */
function moved(positions: number, channels: number): Work {
  return { place: positions, word: positions * Math.floor(channels / 4), byte: positions * (channels % 4) };
}

/** @param convolution counts of one of them */
export function groupsWork(p: GroupsParams, convolution: (params: PackedConv2dParams) => Work): Work {
  const bands = convsOfBands(p);
  const { inChannels } = convOfGroup(p);
  const ofGroup = together(
    bands.flatMap((conv) => [
      convolution(conv),
      moved(conv.inH * conv.inW, inChannels),
      moved(conv.outH * conv.outW, p.groupChannels),
    ]),
  );
  const ofGroups = Object.entries(ofGroup).map(([name, count]) => [name, p.groups * count]);
  return { ...Object.fromEntries(ofGroups), call: 1, band: bands.length, group: p.groups * bands.length };
}
