/** A small streaming model: two ring buffers before convolutions, and a gated recurrent state. */
import { graphBuilder, int, ints } from '../src/graph/build.ts';
import type { ImportedModel, Tensor } from '../src/graph/types.ts';
import { seededRandom } from '../src/numbers/random.ts';

export const FRAME = 4;
const HIDDEN = 6;

/** The ties that the names of the ports of `streamingModel` say. */
export const STREAMING_STATE = [
  { input: 'ring_in', output: 'ring_out' },
  { input: 'past_deep', output: 'present_deep' },
  { input: 'h', output: 'hn' },
] as const;

/**
 * Inputs x [1, 4, 1] and the state [1, 4, 2], [1, 6, 2], [1, 6]; outputs y [1, 3] and the new state. Two valid
 * convolutions over three frames each, then h' = z h + (1 - z) t.
 */
export function streamingModel(seed = 5): ImportedModel {
  const random = seededRandom(seed);
  const b = graphBuilder('streaming');
  const tensor = (shape: readonly number[], spread: number): Tensor => {
    const length = shape.reduce((product, size) => product * size, 1);
    return { dtype: 'float32', shape, data: Float32Array.from({ length }, () => (random() - 0.5) * spread) };
  };
  const index = (name: string, ...values: number[]): string =>
    b.constant(name, {
      dtype: 'int64',
      shape: [values.length],
      data: BigInt64Array.from(values.map(BigInt)),
    });
  const x = b.input('x', [1, FRAME, 1]);
  const ring = b.input('ring_in', [1, FRAME, 2]);
  const deep = b.input('past_deep', [1, HIDDEN, 2]);
  const h = b.input('h', [1, HIDDEN]);

  const ringBuffer = (name: string, old: string, value: string, out: string, from: number): string => {
    const whole = b.node('Concat', [old, value], { name: `${name}_whole`, attributes: { axis: int(2) } });
    const [starts, ends, axes] = [index(`${name}_s`, 1), index(`${name}_e`, 3), index(`${name}_a`, 2)];
    b.node('Slice', [whole, starts, ends, axes], { name: out });
    const weights = b.constant(`${name}_w`, tensor([HIDDEN, from, 3], 1.2));
    const bias = b.constant(`${name}_b`, tensor([HIDDEN], 0.4));
    const sum = b.node('Conv', [whole, weights, bias], {
      name: `${name}_conv`,
      attributes: { kernel_shape: ints([3]) },
    });
    return b.node('Relu', [sum], { name: `${name}_relu` });
  };
  const dense = (name: string, from: string, inputs: number, outputs: number): string =>
    b.node(
      'Gemm',
      [
        from,
        b.constant(`${name}_w`, tensor([outputs, inputs], 1.5)),
        b.constant(`${name}_b`, tensor([outputs], 0.4)),
      ],
      { name, attributes: { transB: int(1) } },
    );

  const first = ringBuffer('first', ring, x, 'ring_out', FRAME);
  const second = ringBuffer('second', deep, first, 'present_deep', HIDDEN);
  const flat = b.node('Flatten', [second], { name: 'flat', attributes: { axis: int(1) } });
  const z = b.node('Sigmoid', [dense('gate', flat, HIDDEN, HIDDEN)], { name: 'z' });
  const t = b.node('Tanh', [dense('candidate', flat, HIDDEN, HIDDEN)], { name: 't' });
  const one = b.constant('one', { dtype: 'float32', shape: [], data: Float32Array.of(1) });
  const rest = b.node('Sub', [one, z], { name: 'rest' });
  const old = b.node('Mul', [z, h], { name: 'old' });
  const fresh = b.node('Mul', [rest, t], { name: 'fresh' });
  const next = b.node('Add', [old, fresh], { name: 'hn' });
  b.output(dense('y', next, HIDDEN, 3));
  b.output('ring_out');
  b.output('present_deep');
  b.output(next);
  return b.model();
}

/** Frames that change slowly, as those of a stream do. */
export function streamingFrames(count: number, seed: number): readonly Float32Array[] {
  const random = seededRandom(seed);
  const phases = Array.from({ length: FRAME }, () => random() * 6);
  return Array.from({ length: count }, (_, frame) =>
    Float32Array.from(phases, (phase) => Math.sin(phase + frame / 5) + 0.3 * (random() - 0.5)),
  );
}
