import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../../src/numbers/random.ts';
import {
  type Checkpoint,
  checkIdentity,
  differences,
  encodeCheckpoint,
  readCheckpoint,
} from '../../../src/train/run/checkpoint.ts';
import { EMPTY_HISTORY, extendCurve } from '../../../src/train/run/history.ts';
import { fileWriter } from '../../data/files.ts';
import { failure } from '../../failure.ts';

const write = fileWriter();

const CHECKPOINT: Checkpoint = {
  identity: { model: 'abc', method: '"octo"' },
  settings: { lr: '0.1' },
  progress: {
    step: 1234,
    position: { epoch: 2, batch: 7 },
    sums: { loss: 0.1 + 0.2, correct: 17 },
    before: { kind: 'accuracy', value: 0.1, samples: 30 },
    best: { epoch: 1, score: { kind: 'accuracy', value: 2 / 3, samples: 30 } },
    sinceBest: 1,
    history: {
      epochs: [
        {
          epoch: 1,
          loss: 1 / 3,
          accuracy: null,
          validation: { kind: 'accuracy', value: 2 / 3, samples: 30 },
          learningRate: Math.fround(0.1),
          samplesPerSecond: 1e5 / 3,
        },
      ],
      curve: extendCurve(EMPTY_HISTORY.curve, { step: 0, loss: 5e-324, accuracy: 0, learningRate: 1 }),
      health: [{ layer: 'conv "1"', saturation: 0, zeros: 0.5, cosine: 1, lac: null, step: 9 }],
    },
  },
  last: new Map<string, Float32Array | Int8Array | BigInt64Array>([
    ['weights', Float32Array.of(1.5, -0, Number.MIN_VALUE, 3e38)],
    ['codes', Int8Array.of(-128, 127, 3)],
    ['count', BigInt64Array.of(-(2n ** 62n))],
    ['empty', new Float32Array(0)],
  ]),
  best: new Map([
    ['weights', new Float32Array(4)],
    ['moment', Float32Array.of(7)],
  ]),
};

/** Bytes as `readCheckpoint` takes them. */
const read = (bytes: Uint8Array): Checkpoint => readCheckpoint(write('checkpoint', bytes));

test('a checkpoint comes back as it was', () => {
  assert.deepEqual(read(encodeCheckpoint(CHECKPOINT)), CHECKPOINT);
  const first = { ...CHECKPOINT, best: null };
  assert.deepEqual(read(encodeCheckpoint(first)), first);
});

test('views of larger arrays are written as what they show', () => {
  const large = Float32Array.from({ length: 10 }, (_, i) => i);
  const { last } = read(encodeCheckpoint({ ...CHECKPOINT, last: new Map([['part', large.subarray(3, 5)]]) }));
  assert.deepEqual([...last.get('part')!], [3, 4]);
});

test('a changed byte anywhere is found', () => {
  const bytes = encodeCheckpoint(CHECKPOINT);
  for (let i = 0; i < bytes.length; i++) {
    const changed = bytes.slice();
    changed[i]! ^= 1 << (i % 8);
    const error = failure(() => read(changed));
    assert.equal(error.code, 'E_CHECKPOINT', `byte ${i}: ${error.message}`);
    assert.ok(error.hint !== undefined && error.at.length === 1);
  }
});

test('a file cut or extended anywhere is found', () => {
  const bytes = encodeCheckpoint(CHECKPOINT);
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(failure(() => read(bytes.subarray(0, length))).code, 'E_CHECKPOINT', `${length} bytes`);
  }
  assert.equal(failure(() => read(Buffer.concat([bytes, Buffer.of(0)]))).code, 'E_CHECKPOINT');
});

test('hostile sizes are refused before anything is allocated', () => {
  const withHeader = (text: string): Buffer => {
    const prefix = Buffer.alloc(16);
    prefix.write('TINYMLCK', 'latin1');
    prefix.writeUInt32LE(1, 8);
    prefix.writeUInt32LE(text.length, 12);
    return Buffer.concat([prefix, Buffer.from(text), Buffer.alloc(64)]);
  };
  const own = encodeCheckpoint(CHECKPOINT);
  const header = Buffer.from(own).toString('latin1', 16, 16 + Buffer.from(own).readUInt32LE(12));
  const before = process.memoryUsage().arrayBuffers;
  for (const text of [
    header.replace('"length":4', '"length":2147483647'),
    header.replace('"length":4', '"length":1e300'),
    header.replace('"length":4', '"length":-4'),
    header.replace('"type":"float32"', '"type":"__proto__"'),
    '[]',
    '{}',
    'null',
    '{',
    '['.repeat(100_000),
  ]) {
    assert.equal(failure(() => read(withHeader(text))).code, 'E_CHECKPOINT', text.slice(0, 80));
  }
  const huge = withHeader('{}');
  huge.writeUInt32LE(0xffffffff, 12);
  assert.equal(failure(() => read(huge)).code, 'E_CHECKPOINT');
  assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24, 'memory was taken for what is not there');
});

test('random bytes behind a right beginning are refused', () => {
  const random = seededRandom(9);
  const bytes = encodeCheckpoint(CHECKPOINT);
  for (let i = 0; i < 200; i++) {
    const hostile = bytes.map((byte, at) => (at < 16 || random() < 0.98 ? byte : random() * 256));
    assert.equal(failure(() => read(hostile)).code, 'E_CHECKPOINT');
  }
});

test('other files, other versions and missing files say so', () => {
  assert.match(
    failure(() => read(Buffer.from('PK.............................'))).message,
    /not a checkpoint/,
  );
  const bytes = Buffer.from(encodeCheckpoint(CHECKPOINT));
  bytes.writeUInt32LE(1, 8);
  assert.match(failure(() => read(bytes)).message, /version 1 is not read/);
  assert.equal(failure(() => readCheckpoint('/nowhere/run.ckpt')).code, 'E_FILE');
});

test('a checkpoint of another run names what differs', () => {
  checkIdentity(CHECKPOINT, CHECKPOINT.identity, 'run.ckpt');
  const error = failure(() => checkIdentity(CHECKPOINT, { model: 'abd', seed: '1' }, 'run.ckpt'));
  assert.equal(error.code, 'E_CHECKPOINT');
  assert.deepEqual(error.at, [
    'run.ckpt',
    'model: abc there, abd here',
    'method: "octo" there, nothing here',
    'seed: nothing there, 1 here',
  ]);
  assert.deepEqual(differences({ lr: '1' }, { lr: '1' }), []);
});
