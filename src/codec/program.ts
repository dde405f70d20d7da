/** The encoder and the decoder of a codec as Programs: what runs here is what runs on a device. */
import type { Program } from '../program/program.ts';
import {
  ARENA,
  type ProgramArray,
  type ProgramDType,
  type ProgramTensor,
  type Storage,
} from '../program/types.ts';
import { mostBytes, type Tables, tablesOf } from './tables.ts';
import type { StripeCodec } from './types.ts';

/** Map [1, C, H, W] to bytes [capacity] and count [2]: how many they are, and whether all of the map is in them. @param capacity at least 4 */
export function encoderProgram(codec: StripeCodec, capacity: number): Program {
  const port = mapPort(codec, 0);
  return withEncoder(
    { name: 'encoder', inputs: [port], outputs: [port], tensors: [mapTensor(codec)], steps: [] },
    codec,
    capacity,
  );
}

/** A head that gives bytes and count in place of the map that its first output is. @param capacity at least 4 */
export function withEncoder(head: Program, codec: StripeCodec, capacity: number): Program {
  const tables = tablesOf(codec);
  const { layout, levels, cells, entries } = tables;
  const first = head.tensors.length;
  return {
    ...head,
    outputs: [plainPort('bytes', first + 4, capacity), plainPort('count', first + 5, 2)],
    tensors: [
      ...head.tensors,
      constant('layout', 'int32', layout),
      constant('levels', 'uint8', levels),
      constant('cells', 'int16', cells),
      constant('entries', 'int32', entries),
      tensor('bytes', 'uint8', [capacity], ARENA),
      tensor('count', 'int32', [2], ARENA),
    ],
    steps: [
      ...head.steps,
      {
        kernel: 'encode_stripes_s8',
        name: codec.value,
        inputs: [head.outputs[0]!.tensor],
        constants: [first, first + 1, first + 2, first + 3],
        outputs: [first + 4, first + 5],
        params: paramsOf(codec, tables, capacity),
      },
    ],
  };
}

/** The way back, of streams of up to `mostBytes`. */
export function decoderProgram(codec: StripeCodec): Program {
  const tables = tablesOf(codec);
  const { layout, classes, entries, centroids } = tables;
  const capacity = mostBytes(codec);
  const tensors = [
    tensor('bytes', 'uint8', [capacity], ARENA),
    tensor('count', 'int32', [2], ARENA),
    constant('layout', 'int32', layout),
    constant('classes', 'uint8', classes),
    constant('entries', 'int32', entries),
    constant('centroids', 'int8', centroids),
    constant('fill', 'int8', codec.fill),
    mapTensor(codec),
  ];
  return {
    name: 'decoder',
    inputs: [plainPort('bytes', 0, capacity), plainPort('count', 1, 2)],
    outputs: [mapPort(codec, 7)],
    tensors,
    steps: [
      {
        kernel: 'decode_stripes_s8',
        name: codec.value,
        inputs: [0, 1],
        constants: [2, 3, 4, 5, 6],
        outputs: [7],
        params: paramsOf(codec, tables, capacity),
      },
    ],
  };
}

function paramsOf({ height, width, channels, groups }: StripeCodec, { symbols }: Tables, capacity: number) {
  return { height, width, channels, groups: groups.length, symbols, capacity };
}

function tensor(
  name: string,
  dtype: ProgramDType,
  shape: readonly number[],
  storage: Storage,
): ProgramTensor {
  return { name, dtype, shape, quant: null, storage };
}

function constant(name: string, dtype: ProgramDType, data: ProgramArray): ProgramTensor {
  return tensor(name, dtype, [data.length], { kind: 'constant', data });
}

function mapTensor({ value, height, width, channels, scale, zeroPoint }: StripeCodec): ProgramTensor {
  return { ...tensor(value, 'int8', [1, height, width, channels], ARENA), quant: { scale, zeroPoint } };
}

function mapPort({ value, height, width, channels }: StripeCodec, id: number): Program['inputs'][number] {
  return { name: value, tensor: id, onnxShape: [1, channels, height, width], layout: [0, 2, 3, 1] };
}

function plainPort(name: string, id: number, elements: number): Program['inputs'][number] {
  return { name, tensor: id, onnxShape: [elements], layout: [0] };
}
