/** Constants of a convolution of several groups as those of each (src/program/kernels/channel-groups.ts). */
import { convOfGroup, type GroupsParams, groupsSizes } from '../../../program/kernels/channel-groups.ts';
import { runsOf } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { RULES } from '../../../program/rules.ts';
import type { ProgramArray } from '../../../program/types.ts';
import type { Dense } from './dense.ts';
import { type Constants, joined } from './joined.ts';
import type { Packed, StepWith } from './packed.ts';

/** How a core takes the groups. */
type Kind = {
  readonly kernel: 'conv2d_groups_pairs_s8' | 'conv2d_groups_vectors_s8';
  readonly rule: 'conv2d_groups_pairs' | 'conv2d_groups_vectors';
  readonly sizesOf: Parameters<typeof groupsSizes>[1];
  /** Those of one group; null where it cannot be packed. */
  readonly constantsOf: (layer: Dense) => Constants | null;
};

/** Bytes of what is laid out of a group for a band and what becomes of it, where a row of outputs does not need more. */
const BAND_ROOM = 2048;

/** @returns null for a step that stays as it is */
export function packedGroups(
  step: StepWith<'conv2d_s8'> | StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
  kind: Kind,
): Packed | null {
  const { inputOffset, outputOffset, actMin, actMax, ...p } =
    step.kernel === 'conv2d_s8' ? step.params : asGroups(step);
  const weights = step.kernel === 'conv2d_s8' ? (constants[0] as Int8Array) : channelsFirst(step, constants);
  const zeroPoints = { inputZeroPoint: -inputOffset, outputZeroPoint: outputOffset };
  const params = banded({ ...p, ...zeroPoints, actMin, actMax }, kind);
  if (params === null) return null;
  const channels = params.groupChannels;
  const numbers = { inputOffset, outputOffset, actMin, actMax };
  const size = weights.length / p.groups;
  const [bias, multiplier, shift] = constants.slice(1) as [Int32Array, Int32Array, Int32Array];
  const packed = Array.from({ length: p.groups }, (_, group) => {
    const own = (values: Int32Array): Int32Array => values.slice(group * channels, (group + 1) * channels);
    return kind.constantsOf({
      ...{ ...numbers, channels, ...runsOf(convOfGroup(params)) },
      weights: weights.subarray(group * size, (group + 1) * size),
      ...{ bias: own(bias), multiplier: own(multiplier), shift: own(shift) },
    });
  });
  return packed.every((one) => one !== null)
    ? { step: { ...step, kernel: kind.kernel, params }, constants: joined(packed) }
    : null;
}

/** A depthwise convolution as one of a group for each input channel. */
function asGroups({
  params: { depthMultiplier, ...p },
}: StepWith<'depthwise_conv2d_s8'>): StepWith<'conv2d_s8'>['params'] {
  return { ...p, outChannels: p.inChannels * depthMultiplier, groups: p.inChannels };
}

/** Weights of each output channel one after the other. */
function channelsFirst(
  { params: p }: StepWith<'depthwise_conv2d_s8'>,
  constants: readonly ProgramArray[],
): Int8Array {
  const [weights] = constants as [Int8Array];
  const [channels, taps] = [p.inChannels * p.depthMultiplier, p.kernelH * p.kernelW];
  return Int8Array.from(weights, (_, i) => weights[(i % taps) * channels + Math.floor(i / taps)]!);
}

/** With as many rows in a band as there is room for; null where the kernel takes none of it. */
function banded(
  p: Omit<GroupsParams, 'groupChannels' | 'band' | 'words' | 'room'>,
  { rule, sizesOf }: Kind,
): GroupsParams | null {
  const sized = (band: number): GroupsParams => {
    const placed = { ...p, groupChannels: p.outChannels / p.groups, band };
    return { ...placed, ...groupsSizes(placed, sizesOf) };
  };
  const least = sized(1);
  const row = p.outH > 1 ? sized(2).room - least.room : 1;
  const laidOut = least.room - sizesOf(convOfGroup(least)).room;
  const most = Math.max(1, Math.min(p.outH, 1 + Math.floor((BAND_ROOM - laidOut) / row)));
  // Bands of one size as nearly as may be.
  const params = sized(Math.ceil(p.outH / Math.ceil(p.outH / most)));
  return [params, sized(p.outH)].find((one) => RULES[rule](one)) ?? null;
}
