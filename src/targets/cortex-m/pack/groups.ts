/** Constants of a convolution of several groups as those of each (src/program/kernels/channel-groups.ts). */
import { convOfGroup, type GroupsParams, groupsSizes } from '../../../program/kernels/channel-groups.ts';
import { runsOf } from '../../../program/kernels/conv2d-pairs-s8.ts';
import { RULES } from '../../../program/rules.ts';
import type { ProgramArray } from '../../../program/types.ts';
import type { Dense } from './dense.ts';
import { type ConstantsOfPart, joined } from './joined.ts';
import { type Packed, perLayer, type StepWith } from './packed.ts';

/** How a core takes the groups. */
type Kind = {
  readonly kernel: 'conv2d_groups_pairs_s8' | 'conv2d_groups_vectors_s8';
  readonly rule: 'conv2d_groups_pairs' | 'conv2d_groups_vectors';
  readonly sizesOf: Parameters<typeof groupsSizes>[1];
  /** Those of one group; null where it cannot be packed. */
  readonly constantsOf: (layer: Dense) => ConstantsOfPart | null;
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
  const [given] = constants as [Int8Array];
  const weights =
    step.kernel === 'conv2d_s8'
      ? given
      : channelsFirst({ weights: given, taps: p.kernelH * p.kernelW }, p.outChannels);
  const zeroPoints = { inputZeroPoint: -inputOffset, outputZeroPoint: outputOffset };
  const params = banded({ ...p, ...zeroPoints, actMin, actMax }, kind);
  if (params === null) return null;
  const [, bias, multiplier, shift] = constants as [Int8Array, Int32Array, Int32Array, Int32Array];
  const numbers = { inputOffset, outputOffset, actMin, actMax };
  const dense = { ...numbers, channels: params.groupChannels, ...runsOf(convOfGroup(params)) };
  const layer = { ...dense, groups: p.groups, weights, bias, multiplier, shift };
  const packed = Array.from({ length: p.groups }, (_, group) => kind.constantsOf(layerOfGroup(layer, group)));
  return packed.every((one) => one !== null)
    ? { step: { ...step, kernel: kind.kernel, params }, constants: () => joined(packed) }
    : null;
}

const layerOfGroup = perLayer((layer: Dense & { readonly groups: number }, group): Dense => {
  const { channels, weights, groups, ...others } = layer;
  const size = weights.length / groups;
  const own = (values: Int32Array): Int32Array => values.slice(group * channels, (group + 1) * channels);
  return {
    ...{ ...others, channels, weights: weights.subarray(group * size, (group + 1) * size) },
    ...{ bias: own(layer.bias), multiplier: own(layer.multiplier), shift: own(layer.shift) },
  };
});

/** A depthwise convolution as one of a group for each input channel. */
function asGroups({
  params: { depthMultiplier, ...p },
}: StepWith<'depthwise_conv2d_s8'>): StepWith<'conv2d_s8'>['params'] {
  return { ...p, outChannels: p.inChannels * depthMultiplier, groups: p.inChannels };
}

/** Weights [taps][channels] of each output channel one after the other. */
const channelsFirst = perLayer(
  ({ weights, taps }: { readonly weights: Int8Array; readonly taps: number }, channels): Int8Array =>
    weights.map((_, i) => weights[(i % taps) * channels + Math.floor(i / taps)]!),
);

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
