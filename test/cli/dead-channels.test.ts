/** Channels that are constant for every input: how commands say that they are gone, and that they are not. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { inProcess } from './in-process.ts';
import { inFolder, smallData } from './small.ts';

/** Nothing is built, which takes seconds. */
process.env.TINYML_ARM_CC = '/nowhere/arm-none-eabi-gcc';

/** Float [1, 1, 8, 8] in, two 1x1 Convs with four channels between them, of which two are always 0. */
function halfDead(): Uint8Array {
  const random = seededRandom(7);
  return modelBytes(13, {
    node: [
      { ...node('Conv', ['x', 'w'], ['c']), name: 'first' },
      { ...node('Relu', ['c'], ['r']), name: 'relu' },
      { ...node('Conv', ['r', 'v'], ['y']), name: 'second' },
    ],
    initializer: [
      floats('w', [4, 1, 1, 1], [0.5, 0, -0.25, 0]),
      floats(
        'v',
        [3, 4, 1, 1],
        Array.from({ length: 12 }, () => random() - 0.5),
      ),
    ],
    input: [valueInfo('x', [1, 1, 8, 8])],
    output: [valueInfo('y', null)],
  });
}

const LINE =
  /^dead channels +2 removed, constant for every input: 512 of 1,024 MACs \(--keep-dead-channels keeps them\)$/m;
const FACTS = { channels: 2, macsBefore: 1024, macsAfter: 512, of: [{ node: 'first', channels: 2 }] };

test('every command that plans says which channels went, as text, as JSON and on its page', () =>
  inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    writeFileSync(at('m.onnx'), halfDead());
    writeFileSync(at('d.f32'), smallData(8));
    const run = async (...argv: readonly string[]): Promise<string> => {
      const { status, stdout, stderr } = await inProcess(argv);
      assert.equal(status, 0, stderr);
      return stdout;
    };
    const data = ['-d', at('d.f32'), '-n', '4'];
    const calls: Readonly<Record<string, readonly string[]>> = {
      quantize: [at('m.onnx'), '-o', at('q.onnx'), ...data],
      analyze: [at('m.onnx'), '-t', 'nrf52840'],
      plan: [at('m.onnx'), '-t', 'nrf52840'],
      fit: [at('m.onnx')],
      deploy: [at('m.onnx'), '-t', 'nrf52840', '-o', at('bundle'), ...data],
    };
    for (const [command, args] of Object.entries(calls)) {
      const page = ['fit', 'deploy'].includes(command) ? [] : ['--report', at(`${command}.html`)];
      assert.match(await run(command, ...args, ...page, '-q'), LINE, command);
      assert.deepEqual(JSON.parse(await run(command, ...args, '--json')).deadChannels, FACTS, command);
      if (page.length > 0) assert.match(readFileSync(page[1]!, 'utf8'), /dead channels<[\s\S]*512 of 1,024/);
      const kept = await run(command, ...args, '--keep-dead-channels', '--json');
      assert.equal(JSON.parse(kept).deadChannels, null, command);
    }
    const again = JSON.parse(await run('plan', at('q.onnx'), '-t', 'nrf52840', '--json'));
    assert.equal(again.deadChannels.channels, 2, 'the file that was told to keep them has them');
    await run('quantize', ...calls.quantize!);
    const gone = JSON.parse(await run('plan', at('q.onnx'), '-t', 'nrf52840', '--json'));
    assert.deepEqual(gone.deadChannels.of, [], 'the file that was not has none left');
    assert.doesNotMatch(await run('plan', at('q.onnx'), '-t', 'nrf52840', '-q'), /dead channels/);
  }));
