import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { TinymlError } from '../../src/diagnostics/errors.ts';
import { importModel } from '../../src/onnx/import.ts';
import { loadModel } from '../../src/onnx/load.ts';
import type { StringStringEntryProto } from '../../src/onnx/proto.ts';
import { FLOAT, modelBytes, node, valueInfo } from './models.ts';

const root = mkdtempSync(join(tmpdir(), 'tinyml-external-'));
const folder = join(root, 'model');
mkdirSync(join(folder, 'sub'), { recursive: true });
after(() => rmSync(root, { recursive: true }));

const weights = Float32Array.of(0, 1, 2, 3);
writeFileSync(join(folder, 'weights.bin'), new Uint8Array(weights.buffer));
writeFileSync(join(folder, 'sub', 'weights.bin'), new Uint8Array(weights.buffer));
writeFileSync(join(root, 'outside.bin'), new Uint8Array(weights.buffer));
symlinkSync(join(root, 'outside.bin'), join(folder, 'leaves.bin'));
symlinkSync(root, join(folder, 'up'));
symlinkSync(join(folder, 'sub', 'weights.bin'), join(folder, 'stays.bin'));
symlinkSync(join(folder, 'loop.bin'), join(folder, 'loop.bin'));

function model(data: Readonly<Record<string, string>>): Uint8Array {
  const externalData: StringStringEntryProto[] = Object.entries(data).map(([key, value]) => ({ key, value }));
  return modelBytes(13, {
    node: [node('Add', ['x', 'w'], ['y'])],
    initializer: [{ name: 'w', dims: [2], dataType: FLOAT, dataLocation: 1, externalData }],
    input: [valueInfo('x', [2])],
    output: [valueInfo('y', [2])],
  });
}

async function load(data: Readonly<Record<string, string>>) {
  const path = join(folder, 'model.onnx');
  writeFileSync(path, model(data));
  return loadModel(path);
}

test('a range of a file in the folder of the model is read', async () => {
  for (const location of ['weights.bin', 'sub/weights.bin', './sub/weights.bin', 'stays.bin']) {
    const { constants, source } = await load({ location, offset: '4', length: '8' });
    assert.deepEqual(constants.get('w')?.data, Float32Array.of(1, 2), location);
    assert.deepEqual(source.externalFiles, [location]);
  }
});

test('offset and length may be left out', async () => {
  const { constants } = await load({ location: 'weights.bin' });
  assert.deepEqual(constants.get('w')?.data, Float32Array.of(0, 1));
});

const REFUSED: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
  ['no location', { offset: '0' }, /without a location/],
  ['an absolute path', { location: join(root, 'outside.bin') }, /outside the model's folder/],
  ['an absolute Windows path', { location: 'C:\\weights.bin' }, /outside the model's folder/],
  ['a path that climbs', { location: '../outside.bin' }, /outside the model's folder/],
  ['a path that climbs inside', { location: 'sub/../../outside.bin' }, /outside the model's folder/],
  ['a path that climbs with backslashes', { location: '..\\outside.bin' }, /outside the model's folder/],
  ['a link that leaves', { location: 'leaves.bin' }, /a link that leaves/],
  ['a folder that is a link that leaves', { location: 'up/outside.bin' }, /a link that leaves/],
  ['a link to itself', { location: 'loop.bin' }, /cannot be read/],
  ['a missing file', { location: 'none.bin' }, /does not exist/],
  ['a name with a zero byte', { location: 'a\0b' }, /cannot be read/],
  ['a folder', { location: 'sub' }, /not a regular file/],
  [
    'a short file',
    { location: 'weights.bin', offset: '12' },
    /is 16 bytes long, the tensor needs bytes 12 to 20/,
  ],
  ['an offset behind the end', { location: 'weights.bin', offset: '9007199254740000' }, /is 16 bytes long/],
  [
    'a length that is not the shape',
    { location: 'weights.bin', length: '12' },
    /needs 8 bytes, the external data is 12/,
  ],
  ['a negative offset', { location: 'weights.bin', offset: '-4' }, /not a number of bytes/],
  [
    'an offset beyond any number',
    { location: 'weights.bin', offset: '99999999999999999999' },
    /not a number of bytes/,
  ],
  ['an offset in words', { location: 'weights.bin', offset: 'four' }, /not a number of bytes/],
  ['an empty offset', { location: 'weights.bin', offset: '' }, /not a number of bytes/],
];

for (const [what, data, message] of REFUSED) {
  test(`${what} is refused`, async () => {
    await assert.rejects(
      load(data),
      (error) =>
        error instanceof TinymlError &&
        error.code === 'E_EXTERNAL_DATA' &&
        message.test(error.message) &&
        error.at[0] === 'tensor "w"',
    );
  });
}

test('bytes without a folder cannot have external data', () => {
  assert.throws(
    () => importModel(model({ location: 'weights.bin' }), { path: 'bytes' }),
    (error) => error instanceof TinymlError && error.code === 'E_EXTERNAL_DATA',
  );
});
