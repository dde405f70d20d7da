/** ONNX Runtime as a candidate. */
import ort from 'onnxruntime-node';
import { graphBuilder } from '../../src/graph/build.ts';
import { exportModel } from '../../src/onnx/export.ts';
import type { Candidate } from './measure.ts';
import { normalArray } from './random.ts';

/** How threads are used: by one call, or by as many calls at once. */
export type Threading = { readonly threads: number; readonly calls: 'one' | 'several' };

/** @param type of the input: random normal numbers, or codes around 128 */
export async function onnxRuntime(
  model: Uint8Array,
  shape: readonly number[],
  type: 'float32' | 'uint8',
  { threads, calls }: Threading,
): Promise<Candidate> {
  const session = await ort.InferenceSession.create(model, {
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: calls === 'one' ? threads : 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const numbers = normalArray(shape, 1);
  const data =
    type === 'float32' ? numbers : Uint8Array.from(numbers, (x) => Math.max(0, Math.min(255, 32 * x + 128)));
  const feeds = { [session.inputNames[0]!]: new ort.Tensor(type, data, [...shape]) };
  const [batch = 1] = shape;
  const atOnce = calls === 'one' ? 1 : threads;
  return {
    run: async (milliseconds) => {
      const start = performance.now();
      const loop = async (): Promise<number> => {
        let done = 0;
        do {
          await session.run(feeds);
          done++;
        } while (performance.now() - start < milliseconds);
        return done;
      };
      const done = await Promise.all(Array.from({ length: atOnce }, loop));
      const total = done.reduce((sum, count) => sum + count, 0);
      return { images: total * batch, calls: total };
    },
    close: () => session.release(),
  };
}

/** A model that copies one number: what a call costs before there is anything to compute. */
export function emptyModel(): Uint8Array {
  const builder = graphBuilder('empty');
  builder.output(builder.node('Identity', [builder.input('x', [1, 1])], { name: 'y', shape: [1, 1] }));
  return exportModel(builder.build());
}
