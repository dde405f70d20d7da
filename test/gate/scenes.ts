/** A small backbone, frames in which something moves, and gated graphs run over them. */
import { createExecutor } from '../../src/execute/float.ts';
import { diffNetwork } from '../../src/gate/baselines.ts';
import { insertGate } from '../../src/gate/insert.ts';
import { graphBuilder, ints } from '../../src/graph/build.ts';
import { dataOutputs } from '../../src/graph/state.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import type { Graph, Tensor } from '../../src/graph/types.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { randomTensor } from '../passes/helpers.ts';

export const FRAME = [1, 3, 16, 24] as const;

/** Convolutions with strides, a branch that is added, and a classifier. */
export function backbone(): Graph {
  const b = graphBuilder('backbone');
  const window = (stride: number) => ({
    kernel_shape: ints([3, 3]),
    pads: ints([1, 1, 1, 1]),
    strides: ints([stride, stride]),
  });
  const weights = (name: string, shape: readonly number[], seed: number) =>
    b.constant(name, randomTensor(shape, seed, 0.5));
  const x = b.input('frame', FRAME);
  const first = b.node('Conv', [x, weights('w1', [8, 3, 3, 3], 1), weights('b1', [8], 2)], {
    attributes: window(2),
    name: 'first',
  });
  const relu = b.node('Relu', [first], { name: 'first_relu' });
  const deep = b.node('Conv', [relu, weights('w2', [8, 8, 3, 3], 3)], {
    attributes: window(1),
    name: 'deep',
  });
  const sum = b.node('Add', [b.node('Relu', [deep], { name: 'deep_relu' }), relu], { name: 'sum' });
  const map = b.node('Conv', [sum, weights('w3', [4, 8, 1, 1], 4)], { name: 'map' });
  b.output(map);
  const pooled = b.node('Flatten', [b.node('GlobalAveragePool', [map], { name: 'pool' })], { name: 'flat' });
  b.output(b.node('Gemm', [pooled, weights('w4', [4, 5], 5)], { name: 'classes' }));
  return prepareGraph(b.model());
}

/** A still random background over which a bright square of 5x5 pixels moves; every tenth frame shows another place. */
export function scene(frames: number, seed = 7): readonly Tensor[] {
  const [, channels, height, width] = FRAME;
  const random = seededRandom(seed);
  let background = new Float32Array(0);
  return Array.from({ length: frames }, (_, frame) => {
    if (frame % 10 === 0) {
      const codes = Array.from({ length: channels * height * width }, () => Math.floor(random() * 200) / 255);
      background = Float32Array.from(codes);
    }
    const data = background.slice();
    for (let channel = 0; channel < channels; channel++) {
      for (let y = 4; y < 9; y++) {
        for (let x = 0; x < 5; x++) data[(channel * height + y) * width + ((x + 2 * frame) % width)] = 0.9;
      }
    }
    return floatTensor(FRAME, data);
  });
}

type Gate = Parameters<typeof insertGate>[1];

export const SETTINGS: Gate['settings'] = {
  patch: 4,
  unit: 1 / 255,
  maxAge: 7,
  keyFrame: 9,
  sceneCut: 0.8,
  denseAbove: 0.8,
};
export const GRID = { rows: 4, columns: 6 };

export function gated(mode: Mode, network = diffNetwork(GRID, 3.25), settings = SETTINGS): Graph {
  return insertGate(backbone(), { name: 'gate0', value: 'frame', network, settings, ...mode });
}

export type Mode = Pick<Gate, 'ends' | 'kept'>;
export const EXACT: Mode = { ends: [], kept: [] };
export const FAST: Mode = { ends: [], kept: ['first_relu', 'map'] };

type Step = { readonly outputs: ReadonlyMap<string, Tensor>; readonly mask: readonly number[] };

/** What a gated graph gives over frames, in float, and which patches it computed. */
export function runFloat(graph: Graph, frames: readonly Tensor[]): readonly Step[] {
  const watch = new Set(['gate0/mask']);
  const executor = createExecutor(graph, { watch });
  const names = dataOutputs(graph).map(({ name }) => name);
  return frames.map((frame) => {
    let mask: readonly number[] = [];
    const outputs = executor.run([frame], (_, seen) => {
      mask = Array.from(seen.data);
    });
    return { outputs: new Map(outputs.map((tensor, i) => [names[i]!, tensor])), mask };
  });
}
