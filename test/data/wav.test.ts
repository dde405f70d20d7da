import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWav } from '../../src/data/wav.ts';
import { failure, wavBytes, wavFile } from './files.ts';

test('16-bit PCM stays as it is, other chunks are passed over', () => {
  const { format, pcm } = decodeWav(wavFile(1, [0, 16384, -32768, 32767]), 'a.wav');
  assert.deepEqual([format.sampleRate, format.channels, format.length], [8000, 1, 4]);
  assert.deepEqual([...pcm], [0, 16384, -32768, 32767]);
});

test('several channels are averaged, halves rounded up', () => {
  const { pcm } = decodeWav(wavFile(2, [16384, 0, -16384, -16384, 1, 2, -1, -2, -32768, -32768]), 'a.wav');
  assert.deepEqual([...pcm], [8192, -16384, 2, -1, -32768]);
});

test('24 and 32 bits, 8 bits and floats become 16 bits, rounded once and clipped', () => {
  const bytes = (values: readonly number[], width: number): Buffer => {
    const out = Buffer.alloc(values.length * width);
    for (const [i, value] of values.entries()) out.writeIntLE(value, i * width, width);
    return out;
  };
  const pcmOf = (data: Buffer, bits: number, coding = 1, channels = 1): number[] => [
    ...decodeWav(wavBytes(channels, data, bits, coding), 'a.wav').pcm,
  ];
  const of24 = [0, 127, 128, 256, -128, -129, -256, 0x7fffff, -0x800000, 0x123456];
  assert.deepEqual(pcmOf(bytes(of24, 3), 24), [0, 0, 1, 1, 0, -1, -1, 32767, -32768, 0x1234]);
  assert.deepEqual(pcmOf(bytes([0x100, 0x80, 0x7f, 0], 3), 24, 1, 2), [1, 0]);
  assert.deepEqual(pcmOf(bytes([32768, 32767, -0x80000000, 0x7fffffff], 4), 32), [1, 0, -32768, 32767]);
  assert.deepEqual(pcmOf(Buffer.from([0, 127, 128, 129, 255]), 8), [-32768, -256, 0, 256, 32512]);
  const floats = Buffer.from(Float32Array.from([0, 0.5, -0.5, 1, -1, 1.5, -7, 0.4 / 32768]).buffer);
  assert.deepEqual(pcmOf(floats, 32, 3), [0, 16384, -16384, 32767, -32768, 32767, -32768, 0]);
});

test('the format of an extensible header counts', () => {
  const extra = Buffer.alloc(24);
  extra.writeUInt16LE(3, 8);
  const floats = Buffer.from(Float32Array.from([0.25]).buffer);
  assert.deepEqual([...decodeWav(wavBytes(1, floats, 32, 0xfffe, 8000, extra), 'a.wav').pcm], [8192]);
});

test('a float that is no number is E_DATA with its place', async () => {
  const floats = Buffer.from(Float32Array.from([0, Number.NaN]).buffer);
  const error = await failure('E_DATA', () => decodeWav(wavBytes(1, floats, 32, 3), 'a.wav'));
  assert.match(error.message, /sample 1 is not a finite number/);
});

test('other codings and truncated files are E_DATA', async () => {
  const whole = wavFile(1, [1, 2, 3, 4]);
  assert.match(
    (await failure('E_DATA', () => decodeWav(wavFile(1, [0], 12), 'a.wav'))).message,
    /this is 12-bit/,
  );
  assert.match(
    (await failure('E_DATA', () => decodeWav(wavFile(1, [0], 16, 3), 'a.wav'))).message,
    /this is 16-bit, format 3/,
  );
  assert.match(
    (await failure('E_DATA', () => decodeWav(wavFile(1, [0], 16, 1, 0), 'a.wav'))).message,
    /0 Hz/,
  );
  const wide = Uint8Array.from(whole);
  wide.set(Buffer.from('RF64'), 0);
  const refused = await failure('E_DATA', () => decodeWav(wide, 'a.wav'));
  assert.match(refused.message, /64-bit sizes \(RF64\) are not read/);
  assert.match(refused.hint!, /ffmpeg/);
  for (let length = 0; length < whole.length; length++) {
    const error = await failure('E_DATA', () => decodeWav(whole.subarray(0, length), 'cut.wav'));
    assert.deepEqual(error.at, ['cut.wav']);
  }
});

test('a header that was written into a pipe has no sizes: the data go to the end of the file', () => {
  const whole = wavFile(1, [1, -2, 3, 4]);
  const data = whole.indexOf('data');
  const streamed = (riff: number, size: number, bytes: Buffer = whole): Buffer => {
    const file = Buffer.from(bytes);
    file.writeUInt32LE(riff, 4);
    file.writeUInt32LE(size, data + 4);
    return file;
  };
  // ffmpeg, sox, and tools that fill the sizes in at the end, which a pipe does not let them do.
  for (const [riff, size] of [
    [0xffffffff, 0xffffffff],
    [0x7ffff024, 0x7ffff000],
    [0, 0],
    [data, 0],
    [0xffffffff, 0],
  ] as const) {
    const { format, pcm } = decodeWav(streamed(riff, size), 'a.wav');
    assert.deepEqual([format.length, ...pcm], [4, 1, -2, 3, 4], `${riff} ${size}`);
  }
  // Half a sample at the end, where the writer was stopped, is left out.
  assert.equal(decodeWav(streamed(0xffffffff, 0xffffffff, whole.subarray(0, -1)), 'a.wav').pcm.length, 3);
  // A file that says its size, and no data, has none.
  const empty = Buffer.concat([wavFile(1, []), Buffer.from('LIST'), Buffer.from([4, 0, 0, 0, 1, 2, 3, 4])]);
  empty.writeUInt32LE(empty.length - 8, 4);
  assert.equal(decodeWav(empty, 'a.wav').pcm.length, 0);
});

test('an ordinary file that lacks bytes stays truncated', async () => {
  const whole = wavFile(1, [1, 2, 3, 4]);
  await failure('E_DATA', () => decodeWav(whole.subarray(0, -2), 'a.wav'));
});
