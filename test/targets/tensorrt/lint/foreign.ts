/** Models as other tools write them, node for node: for what a Graph of ours cannot say. */
import { seededRandom } from '../../../../src/numbers/random.ts';
import { DATA_TYPE } from '../../../../src/onnx/element-types.ts';
import { type FileModel, readFileModel } from '../../../../src/onnx/file-model.ts';
import type { NodeProto, TensorProto, ValueInfoProto } from '../../../../src/onnx/proto.ts';
import { loadProfile } from '../../../../src/profiles/load.ts';
import type { JetsonProfile } from '../../../../src/profiles/types.ts';
import {
  type CalibrationCache,
  parseCalibrationCache,
} from '../../../../src/targets/tensorrt/release/calibration-cache.ts';
import { type Platform, resolvePlatform } from '../../../../src/targets/tensorrt/release/platform.ts';
import { type AttributeValue, modelBytes, node, valueInfo } from '../../../onnx/models.ts';

type Codes = 'int8' | 'uint8' | 'int32';

/** Scale and zero point of a pair. A list of scales is one per channel of `axis`. */
export type Parameters = {
  readonly scale: number | readonly number[];
  readonly zero?: number | null;
  readonly type?: Codes;
  readonly axis?: number;
};

const ARRAYS = {
  float32: Float32Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int32: Int32Array,
  int64: BigInt64Array,
};

export type Foreign = ReturnType<typeof foreign>;

/** Builds a model file; nodes are called like their first output. */
export function foreign() {
  const nodes: NodeProto[] = [];
  const tensors: TensorProto[] = [];
  const random = seededRandom(7);

  const tensor = (
    name: string,
    type: keyof typeof ARRAYS,
    dims: readonly number[],
    values: readonly number[],
  ): string => {
    const elements: ArrayLike<number | bigint> = type === 'int64' ? values.map(BigInt) : values;
    const data = (ARRAYS[type] as { from(values: unknown): { buffer: ArrayBuffer } }).from(elements);
    tensors.push({ name, dims, dataType: DATA_TYPE[type], rawData: new Uint8Array(data.buffer) });
    return name;
  };

  /** Numbers from -1 to 1. */
  const noise = (name: string, dims: readonly number[], size = 1): string => {
    const count = dims.reduce((product, dim) => product * dim, 1);
    return tensor(
      name,
      'float32',
      dims,
      Array.from({ length: count }, () => (random() * 2 - 1) * size),
    );
  };

  const add = (
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, AttributeValue>> = {},
  ): string => {
    const [domain, opType] = op.includes('::') ? op.split('::') : ['', op];
    nodes.push({ ...node(opType!, inputs, [output], attributes), name: output, domain: domain! });
    return output;
  };

  /** Names of scale and zero point; the latter is left out where it is null. */
  const parameters = (name: string, { scale, zero = 0, type = 'int8' }: Parameters): readonly string[] => {
    const scales = typeof scale === 'number' ? [scale] : scale;
    const dims = typeof scale === 'number' ? [] : [scales.length];
    const names = [tensor(`${name}_scale`, 'float32', dims, scales)];
    return zero === null
      ? names
      : [
          ...names,
          tensor(
            `${name}_zero`,
            type,
            dims,
            scales.map(() => zero),
          ),
        ];
  };

  const attributes = ({ axis }: Parameters) => (axis === undefined ? {} : { axis });

  return {
    /** A tensor of any type, by its bytes. */
    raw: (name: string, dataType: number, dims: readonly number[], bytes: readonly number[]): void => {
      tensors.push({ name, dims, dataType, rawData: Uint8Array.from(bytes) });
    },
    tensor,
    noise,
    add,
    parameters,
    /** Q and DQ of a value: `<name>_q` and `<name>_dq`. */
    pair: (from: string, given: Parameters, name = from): string => {
      const stated = parameters(name, given);
      add('QuantizeLinear', [from, ...stated], `${name}_q`, attributes(given));
      return add('DequantizeLinear', [`${name}_q`, ...stated], `${name}_dq`, attributes(given));
    },
    /** A DQ of stored integers: `<name>_dq`. */
    stored: (name: string, dims: readonly number[], given: Parameters): string => {
      const count = dims.reduce((product, dim) => product * dim, 1);
      const lowest = given.type === 'uint8' ? 0 : -127;
      const codes = Array.from({ length: count }, () => Math.round(random() * 254) + lowest);
      tensor(name, given.type ?? 'int8', dims, codes);
      return add('DequantizeLinear', [name, ...parameters(name, given)], `${name}_dq`, attributes(given));
    },
    bytes: (
      input: readonly number[] | ValueInfoProto,
      output: string | ValueInfoProto,
      opset = 13,
      more: readonly string[] = [],
    ): Uint8Array =>
      modelBytes(
        opset,
        {
          node: nodes,
          initializer: tensors,
          input: ['elemType', 'type'].some((key) => key in input)
            ? [input as ValueInfoProto]
            : [valueInfo('x', input as readonly number[])],
          output: [typeof output === 'string' ? valueInfo(output, null) : output],
        },
        {
          opsetImport: [{ domain: '', version: opset }, ...more.map((domain) => ({ domain, version: 1 }))],
        },
      ),
  };
}

export function fileOf(bytes: Uint8Array): FileModel {
  return readFileModel(bytes, {
    path: 'foreign.onnx',
    readExternal: () => {
      throw new Error('there is no other file');
    },
  });
}

export function platformOf(id = 'jetson-orin-nano', jetpack = '6.2', dla?: number): Platform {
  return resolvePlatform(loadProfile(id) as JetsonProfile, {
    jetpack,
    ...(dla === undefined ? {} : { dla }),
  });
}

/** An int8 Conv of 16 channels in the form of ModelOpt: pairs on data and weights, bias in float. */
export function conv(model: Foreign, from: string, name: string, weights: Partial<Parameters> = {}): string {
  const w = model.noise(`${name}_w`, [16, 16, 3, 3], 0.1);
  const scale = Array.from({ length: 16 }, () => 0.1 / 127);
  const quantized = model.pair(w, { scale, axis: 0, ...weights });
  return model.add('Conv', [from, quantized, model.noise(`${name}_b`, [16])], name, { pads: [1, 1, 1, 1] });
}

export const IMAGE: readonly number[] = [1, 16, 8, 8];

/** A calibration cache as the lint takes it; null for none. */
export function cacheOf(text: string | undefined, { release }: Platform): CalibrationCache | null {
  return text === undefined ? null : parseCalibrationCache(text, release);
}
