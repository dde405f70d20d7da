import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type GroupsParams, groupsParams, ofGroups, runGroups } from './channel-groups.ts';
import { PAIR_EXTRAS } from './channel-pairs.ts';
import { CONV2D } from './common.ts';
import { convolvePairs } from './conv2d-pairs-s8.ts';

/** Three positions and more in a band. inputs [x NHWC], constants [table: that of conv2d_pairs_s8 for each group], outputs [y NHWC]. */
export type Conv2dGroupsPairsS8 = StepOf<'conv2d_groups_pairs_s8', GroupsParams>;

export const conv2dGroupsPairsS8: Kernel<Conv2dGroupsPairsS8> = {
  signature: {
    about: `Convolution of several groups, for cores with DSP instructions: the bytes of conv2d_s8. For \`band\` rows of outputs at a time each group is a convolution. table: those of conv2d_pairs_s8 for all groups.`,
    params: groupsParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      constant('table', 'int32', ofGroups(2, { sum: ['words', PAIR_EXTRAS] })),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d_groups_pairs',
    overlap: 'conv2d_groups',
    scratch: ['room'],
    macs: CONV2D.macs,
    calls: 'conv2d_pairs_s8',
  },

  run({ params: p }, { inputs: [x], constants: [table], outputs: [y] }) {
    const size = Math.ceil(p.groupChannels / 2) * (p.words + PAIR_EXTRAS);
    runGroups(p, x as Int8Array, y as Int8Array, (params, group, from, to) => {
      const constants = [(table as Int32Array).subarray(group * size, (group + 1) * size)];
      convolvePairs(params, { inputs: [from], constants, outputs: [to] });
    });
  },
};
