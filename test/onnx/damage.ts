/** Damaged models, and what the importer makes of them. */
import assert from 'node:assert/strict';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { importModel } from '../../src/onnx/import.ts';
import { floats, int64s, modelBytes, node, valueInfo } from './models.ts';

/** A small model of an old opset with most things an importer meets: rules, functions, typed data, external data. */
export function richModel(): Uint8Array {
  const external = [{ key: 'location', value: 'w.bin' }];
  return modelBytes(
    11,
    {
      node: [
        node('Constant', [], ['c'], { value: { t: floats('', [2], [1, 2]) } }),
        node('Conv', ['x', 'w'], ['a'], { kernel_shape: [1, 1], pads: [0, 0, 0, 0], group: 1 }),
        node('BatchNormalization', ['a', 'c', 'c', 'c', 'c'], ['b'], { epsilon: { f: 1e-5 } }),
        node('Softmax', ['b'], ['s'], { axis: 1 }),
        node('Squeeze', ['s'], ['q'], { axes: [2, 3] }),
        { ...node('Twice', ['q'], ['r']), domain: 'local' },
        node('Split', ['r'], ['y', 'z'], { axis: 1, split: [1, 1] }),
      ],
      initializer: [
        floats('w', [2, 1, 1, 1], [1, 2]),
        { name: 'typed', dims: [3], dataType: 6, int32Data: [Uint8Array.of(1, 0xac, 2, 3)] },
        { name: 'half', dims: [2], dataType: 10, rawData: Uint8Array.of(0, 0x3c, 0, 0xc0) },
        { name: 'nibbles', dims: [3], dataType: 22, rawData: Uint8Array.of(0xf1, 8) },
        { name: 'outside', dims: [2], dataType: 1, dataLocation: 1, externalData: external },
        int64s('shape', [1, 2n ** 63n - 1n]),
      ],
      input: [valueInfo('x', [1, 1, 'h', 1])],
      output: [valueInfo('y', [1, 1]), valueInfo('z', [1, 1])],
      valueInfo: [valueInfo('b', [1, 2, 1, 1])],
    },
    {
      opsetImport: [
        { domain: '', version: 11 },
        { domain: 'local', version: 1 },
      ],
      functions: [
        {
          name: 'Twice',
          domain: 'local',
          input: ['i'],
          output: ['o'],
          node: [node('Add', ['i', 'i'], ['o'])],
          opsetImport: [{ domain: '', version: 11 }],
        },
      ],
    },
  );
}

/** Imports; gives the code of the error, and fails on anything that is not a TinymlError. */
export function outcome(bytes: Uint8Array, what: string): string {
  try {
    importModel(bytes, {
      path: 'fuzz.onnx',
      readExternal: ({ length }) => new Uint8Array(Math.min(length, 1 << 20)),
    });
    return 'ok';
  } catch (error) {
    assert.ok(error instanceof TinymlError, `${what}: ${error instanceof Error ? error.stack : error}`);
    assert.notEqual(error.code, 'E_INTERNAL', `${what}: ${error.message}`);
    return error.code;
  }
}

/** Bytes with one to eight changes: set, a bit flipped, cut off, copied from elsewhere in the file. */
export function damaged(model: Uint8Array, random: () => number): Uint8Array {
  const integer = (below: number): number => Math.floor(random() * below);
  let bytes = Uint8Array.from(model);
  for (let change = integer(8); change >= 0; change--) {
    const at = integer(bytes.length);
    const kind = integer(4);
    if (kind === 0) bytes[at] = integer(256);
    else if (kind === 1) bytes[at]! ^= 1 << integer(8);
    else if (kind === 2) bytes = bytes.slice(0, Math.max(1, at));
    else bytes.copyWithin(at, integer(bytes.length), integer(bytes.length));
  }
  return bytes;
}
