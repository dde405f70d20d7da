/** What JSON results say of where they come from, and what `diff` makes of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { toolVersion } from '../../src/package-root.ts';
import { provenanceSchema } from '../../src/report/provenance.ts';
import { floats, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { inProcess } from './in-process.ts';
import { inFolder, smallData, smallModel } from './small.ts';

/** Nothing is built, which takes seconds. */
process.env.TINYML_ARM_CC = '/nowhere/arm-none-eabi-gcc';

const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

async function json(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const { status, stdout, stderr } = await inProcess([...argv, '--json']);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

test('every result says the tool, the line, the models and the data', () =>
  inFolder(async (folder) => {
    const [model, data, int8] = ['m.onnx', 'my data.f32', 'q.onnx'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(model, smallModel());
    writeFileSync(data, smallData(8));
    const bundle = join(folder, 'bundle');
    const calls: readonly (readonly [argv: readonly string[], model: string, data: boolean])[] = [
      [['quantize', model, '-o', int8, '-d', data, '-n', '4'], model, true],
      [['evaluate', int8, '-d', data], int8, true],
      [['plan', int8, '-t', 'nrf52840'], int8, false],
      [['analyze', int8], int8, false],
      [['deploy', int8, '-t', 'nrf52840', '-o', bundle], int8, false],
      [['verify', bundle, '--on', 'host'], bundle, false],
    ];
    for (const [argv, path, withData] of calls) {
      const { provenance, madeBy } = await json(...argv);
      const { tool, line, models, data: sets } = provenanceSchema.strict().parse(provenance);
      assert.deepEqual(tool, { name: 'tinyml', version: toolVersion() });
      const quoted = argv.map((word) => (word.includes(' ') ? `'${word}'` : word));
      assert.equal(line, `tinyml ${quoted.join(' ')} --json`);
      assert.deepEqual(models, [{ path, sha256: sha256(path === bundle ? int8 : path) }], argv[0]);
      assert.deepEqual(
        sets.map(({ listing, ...rest }) => rest),
        withData ? [{ path: data, files: 1, bytes: 8 * 64 * 4 }] : [],
      );
      assert.equal(madeBy, argv[0] === 'verify' ? toolVersion() : undefined);
    }
  }));

test('weights beside the model file are part of which model it is', () =>
  inFolder(async (folder) => {
    const model = join(folder, 'm.onnx');
    const { data: _, dataType, dims, name } = { ...floats('w', [1, 1, 3, 3], Array(9).fill(0)), data: null };
    const entry = (key: string, value: string) => ({ key, value });
    writeFileSync(
      model,
      modelBytes(13, {
        node: [node('Conv', ['x', 'w'], ['y'])],
        initializer: [
          {
            ...{ name, dims, dataType, dataLocation: 1 },
            externalData: [entry('location', 'w.bin'), entry('offset', '0'), entry('length', '36')],
          },
        ],
        input: [valueInfo('x', [1, 1, 8, 8])],
        output: [valueInfo('y', null)],
      }),
    );
    const results = [];
    for (const weight of [1, 2]) {
      writeFileSync(join(folder, 'w.bin'), new Uint8Array(new Float32Array(9).fill(weight).buffer));
      results.push(join(folder, `${weight}.json`));
      writeFileSync(results.at(-1)!, JSON.stringify(await json('inspect', model)));
    }
    const { subjects } = (await json('diff', ...results)) as { subjects: { name: string }[] };
    assert.deepEqual(
      subjects.map(({ name: subject }) => subject),
      ['model'],
    );
  }));

test('diff says another model, other data and another version by what they are, not by their paths', () =>
  inFolder(async (folder) => {
    const document = (name: string, changes: object): string => {
      const provenance = {
        tool: { name: 'tinyml', version: '0.1.0' },
        line: 'tinyml quantize m.onnx',
        models: [{ path: 'm.onnx', sha256: 'a'.repeat(64) }],
        data: [{ path: 'train', files: 200, bytes: 2048, listing: 'b'.repeat(64) }],
        ...changes,
      };
      const path = join(folder, `${name}.json`);
      const result = { schema: 1, command: 'quantize', model: 'm.onnx', accuracy: { int8: 0.5 }, provenance };
      writeFileSync(path, JSON.stringify({ ...result, model: `${name}.onnx` }));
      return path;
    };
    const own = document('own', {});
    const moved = document('moved', {
      models: [{ path: '/elsewhere/m.onnx', sha256: 'a'.repeat(64) }],
      data: [{ path: '/elsewhere/train', files: 200, bytes: 2048, listing: 'b'.repeat(64) }],
    });
    assert.deepEqual((await json('diff', own, moved)).subjects, []);
    const other = document('other', {
      tool: { name: 'tinyml', version: '0.2.0' },
      models: [{ path: 'm.onnx', sha256: 'c'.repeat(64) }],
      data: [{ path: 'train', files: 210, bytes: 4096, listing: 'd'.repeat(64) }],
    });
    const { stdout } = await inProcess(['diff', own, other]);
    assert.match(stdout, /^model +m\.onnx \(sha256 aaaaaaaaaaaa\) -> m\.onnx \(sha256 cccccccccccc\)$/m);
    assert.match(stdout, /^data +train \(200 files, 2 KiB\) -> train \(210 files, 4 KiB\)$/m);
    assert.match(stdout, /^tinyml +0\.1\.0 -> 0\.2\.0$/m);
    const [one, two] = ['1', '2'].map((hash) =>
      document(hash, {
        preprocess: hash.repeat(64),
        data: [
          { path: 'train', files: 200, bytes: 2048, listing: 'b'.repeat(64) },
          { path: `test ${hash}`, files: 9, bytes: 9, listing: hash.repeat(64) },
        ],
      }),
    ) as [string, string];
    const changed = await inProcess(['diff', one, two]);
    assert.match(changed.stdout, /^preprocessing +sha256 111111111111 -> sha256 222222222222$/m);
    assert.match(
      changed.stdout,
      /^data +test 1 \(9 files, 9 B\) -> test 2 \(9 files, 9 B\)$/m,
      'what is the same is left out',
    );
    const small = join(folder, 'small.json');
    const plan = { schema: 1, command: 'plan', target: 'mine', memory: { limitBytes: 4096, arenaBytes: 9 } };
    writeFileSync(small, JSON.stringify(plan));
    const large = join(folder, 'large.json');
    writeFileSync(large, JSON.stringify({ ...plan, memory: { ...plan.memory, limitBytes: 8192 } }));
    assert.match((await inProcess(['diff', small, large])).stdout, /^device +4 KiB of RAM -> 8 KiB of RAM$/m);
    const old = document('old', {});
    const { provenance: _, ...without } = JSON.parse(readFileSync(old, 'utf8'));
    writeFileSync(old, JSON.stringify(without));
    assert.match((await inProcess(['diff', own, old])).stdout, /^model +own\.onnx -> old\.onnx$/m);
  }));
