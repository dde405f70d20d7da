/** Three networks as people write them for small images, within the same budget. */

import { type Candidate, draw } from '../../src/search/candidate.ts';
import type { Space, Stage } from '../../src/search/space.ts';

export type HandMade = { readonly name: string; readonly space: Space; readonly candidate: Candidate };

type One = Partial<Stage> & { readonly to: number };

const stage = (kind: Stage['kind'][number], { to, ...given }: One): Stage => ({
  kind: [kind],
  channels: [to],
  depth: [1],
  kernel: [3],
  expansion: [1],
  stride: [1],
  pool: [false],
  ...given,
});

function handMade(name: string, head: Space['head'][number], stages: Stage[]): HandMade {
  const space: Space = {
    name,
    channels: 1,
    sizes: [[28, 28]],
    widths: [1],
    classes: 10,
    stages,
    head: [head],
  };
  return { name, space, candidate: draw(space, space.sizes[0]!, 1, () => 0) };
}

export const HAND_MADE: readonly HandMade[] = [
  // The bundled classifier (fixtures/fashion-mnist): depthwise separable, a dense layer over the last image.
  handMade('separable 16, 32, 64', 'flatten', [
    stage('conv', { to: 16, pool: [true] }),
    stage('separable', { to: 32, pool: [true] }),
    stage('separable', { to: 64 }),
  ]),
  // As of tutorials: convolutions and maxima, channels doubled.
  handMade('convolutions 16, 32, 64', 'average', [
    stage('conv', { to: 16, pool: [true] }),
    stage('conv', { to: 32, pool: [true] }),
    stage('conv', { to: 64 }),
  ]),
  // MobileNetV2 for small images: a stem, six inverted blocks, a last 1x1.
  handMade('inverted 16, 24, 40', 'average', [
    stage('conv', { to: 16, stride: [2] }),
    stage('inverted', { to: 16, expansion: [1] }),
    stage('inverted', { to: 24, expansion: [6], stride: [2], depth: [2] }),
    stage('inverted', { to: 40, expansion: [6], stride: [2], depth: [2] }),
    stage('conv', { to: 128, kernel: [1] }),
  ]),
];
