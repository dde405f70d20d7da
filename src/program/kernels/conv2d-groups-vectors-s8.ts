import { constant, input, type Kernel, output } from '../signature.ts';
import type { StepOf } from '../types.ts';
import { type GroupsParams, groupsParams, ofGroups, runGroups } from './channel-groups.ts';
import { EIGHT } from './channel-vectors.ts';
import { CONV2D } from './common.ts';
import { convolveVectors, SCALES } from './conv2d-vectors-s8.ts';

/** inputs [x NHWC], constants [weights, scales: those of conv2d_vectors_s8 for each group], outputs [y NHWC]. */
export type Conv2dGroupsVectorsS8 = StepOf<'conv2d_groups_vectors_s8', GroupsParams>;

export const conv2dGroupsVectorsS8: Kernel<Conv2dGroupsVectorsS8> = {
  signature: {
    about: `Convolution of several groups, for cores with vector instructions: as conv2d_groups_pairs_s8, with the constants of conv2d_vectors_s8 for all groups.`,
    params: groupsParams,
    operands: [
      input('input', 'int8', CONV2D.input),
      constant('weights', 'int8', ofGroups(2, 4, 'words')),
      constant('scales', 'int32', ofGroups(EIGHT, SCALES)),
      output('output', 'int8', CONV2D.output),
    ],
    rule: 'conv2d_groups_vectors',
    overlap: 'conv2d_groups',
    scratch: ['room'],
    macs: CONV2D.macs,
    calls: 'conv2d_vectors_s8',
  },

  run({ params: p }, { inputs: [x], constants: [weights, scales], outputs: [y] }) {
    const [size, perGroup] = [
      Math.ceil(p.groupChannels / 2) * 4 * p.words,
      Math.ceil(p.groupChannels / EIGHT) * SCALES,
    ];
    runGroups(p, x as Int8Array, y as Int8Array, (params, group, from, to) => {
      const constants = [
        (weights as Int8Array).subarray(group * size, (group + 1) * size),
        (scales as Int32Array).subarray(group * perGroup, (group + 1) * perGroup),
      ];
      convolveVectors(params, { inputs: [from], constants, outputs: [to] });
    });
  },
};
