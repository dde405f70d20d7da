import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeWav } from '../../src/data/wav.ts';
import { failure, wavFile } from './files.ts';

test('16-bit PCM stays as it is, other chunks are passed over', () => {
  const { format, pcm } = decodeWav(wavFile(1, [0, 16384, -32768, 32767]), 'a.wav');
  assert.deepEqual([format.sampleRate, format.channels, format.length], [8000, 1, 4]);
  assert.deepEqual([...pcm], [0, 16384, -32768, 32767]);
});

test('several channels are averaged, halves rounded up', () => {
  const { pcm } = decodeWav(wavFile(2, [16384, 0, -16384, -16384, 1, 2, -1, -2, -32768, -32768]), 'a.wav');
  assert.deepEqual([...pcm], [8192, -16384, 2, -1, -32768]);
});

test('other codings and truncated files are E_DATA', async () => {
  const whole = wavFile(1, [1, 2, 3, 4]);
  assert.match((await failure('E_DATA', () => decodeWav(wavFile(1, [0], 8), 'a.wav'))).message, /16-bit PCM/);
  assert.match(
    (await failure('E_DATA', () => decodeWav(wavFile(1, [0], 16, 3), 'a.wav'))).message,
    /16-bit PCM/,
  );
  assert.match(
    (await failure('E_DATA', () => decodeWav(wavFile(1, [0], 16, 1, 0), 'a.wav'))).message,
    /0 Hz/,
  );
  for (let length = 0; length < whole.length; length++) {
    const error = await failure('E_DATA', () => decodeWav(whole.subarray(0, length), 'cut.wav'));
    assert.deepEqual(error.at, ['cut.wav']);
  }
});
