/** A classifier of three classes for images of 8x8, and folders of such images. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { InputContract } from '../../src/input/contract.ts';
import { contractOf, withContract } from '../../src/input/contract.ts';
import { seededRandom } from '../../src/numbers/random.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { TensorProto } from '../../src/onnx/proto.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';

/** float32 [1, 1, 8, 8] in, Conv, Relu, mean, Gemm; float32 [1, 3] out. */
export function classifier(): Uint8Array {
  return classifierOf(CONV_WEIGHTS);
}

/** The same with the weights of its Conv in a file beside it: the model, and the bytes of that file. */
export function classifierBeside(location: string): readonly [model: Uint8Array, weights: Uint8Array] {
  const { rawData, ...described } = CONV_WEIGHTS;
  const external = { ...described, dataLocation: 1, externalData: [{ key: 'location', value: location }] };
  return [classifierOf(external), rawData!];
}

const random = seededRandom(11);
const some = (count: number): readonly number[] => Array.from({ length: count }, () => random() - 0.5);
const CONV_WEIGHTS = floats('w', [4, 1, 3, 3], some(36));
const DENSE_WEIGHTS = [floats('v', [3, 4], some(12)), floats('b', [3], some(3))];

function classifierOf(convWeights: TensorProto): Uint8Array {
  return modelBytes(13, {
    node: [
      { ...node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }), name: 'conv' },
      { ...node('Relu', ['c'], ['r']), name: 'relu' },
      { ...node('GlobalAveragePool', ['r'], ['p']), name: 'pool' },
      { ...node('Flatten', ['p'], ['f']), name: 'flatten' },
      { ...node('Gemm', ['f', 'v', 'b'], ['y'], { transB: 1 }), name: 'dense' },
    ],
    initializer: [convWeights, ...DENSE_WEIGHTS],
    input: [valueInfo('x', [1, 1, 8, 8])],
    output: [valueInfo('y', [1, 3])],
  });
}

/** The same model with what its file says of its input. */
export function withInput(bytes: Uint8Array, contract: InputContract): Uint8Array {
  return exportModel(withContract(prepareGraph(importModel(bytes, { path: 'model.onnx' })), contract));
}

export async function contractIn(path: string): Promise<InputContract> {
  return contractOf(await loadModel(path));
}

/** Two images for each class, in folders of these names. */
export function writeClasses(folder: string, names: readonly string[]): void {
  for (const [label, name] of names.entries()) {
    mkdirSync(join(folder, name), { recursive: true });
    for (const i of [0, 1]) {
      const pixels = Uint8Array.from({ length: 64 }, (_, k) => (k * (7 + 20 * label) + 31 * i) % 256);
      writeFileSync(join(folder, name, `${i}.pgm`), Buffer.concat([Buffer.from('P5 8 8 255\n'), pixels]));
    }
  }
}
