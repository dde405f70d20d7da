/** --shape and --bind, on every command that takes a model. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/cli/commands.ts';
import { givenInputs } from '../../src/cli/given-inputs.ts';
import { importModel } from '../../src/onnx/import.ts';
import { failure } from '../failure.ts';
import { floats, int64s, modelBytes, node, valueInfo } from '../onnx/models.ts';
import { inProcess } from './in-process.ts';
import { inFolder, smallData } from './small.ts';

const of = (options: Readonly<Record<string, readonly string[]>>) => {
  const { shapes, bound } = givenInputs(options);
  return { shapes: [...shapes], bound: [...bound] };
};

test('lists are split at commas before they come here, and put together again', () => {
  assert.deepEqual(
    of({ shape: ['x=1', '3', '48', '192', 'y=2', '1'], bind: ['sr=16000', 'size=-1.5e2', '4'] }),
    {
      shapes: [
        ['x', [1, 3, 48, 192]],
        ['y', [2, 1]],
      ],
      bound: [
        ['sr', [16000]],
        ['size', [-150, 4]],
      ],
    },
  );
  assert.deepEqual(of({ bind: ['a=b=true', 'c=false'] }).bound, [
    ['a=b', [1]],
    ['c', [0]],
  ]);
  assert.deepEqual(of({}), { shapes: [], bound: [] });
});

test('what is no name and numbers is E_USAGE with an example', () => {
  const cases: readonly (readonly [Readonly<Record<string, readonly string[]>>, RegExp])[] = [
    [{ shape: ['1', '3'] }, /takes the name of an input/],
    [{ shape: ['x=1', '0'] }, /"0" is no size/],
    [{ shape: ['x=1x3'] }, /"1x3" is no size/],
    [{ shape: ['x=99999999999'] }, /is no size/],
    [{ shape: ['x=1', 'x=2'] }, /"x" is given twice/],
    [{ bind: ['sr='] }, /"" is no number/],
    [{ bind: ['sr=fast'] }, /"fast" is no number, true or false/],
  ];
  for (const [options, message] of cases) {
    const error = failure(() => givenInputs(options));
    assert.equal(error.code, 'E_USAGE');
    assert.match(error.message, message);
    assert.match(error.hint!, /for example --(shape x=1,3,48,192|bind rate=16000)/);
  }
});

test('every command that takes --dim takes both', () => {
  for (const { name, options } of COMMANDS) {
    const has = (option: string): boolean => options.some((one) => one.name === option);
    assert.deepEqual([has('shape'), has('bind')], [has('dim'), has('dim')], name);
  }
});

/** Conv of an image whose axes are all called "?", Relu of it where `rate` is 16000, else Sigmoid. */
function model(): Uint8Array {
  const branch = (name: string, op: string) => ({
    name: `${name}_branch`,
    type: 5,
    g: { node: [node(op, ['c'], [`${name}_out`])], output: [valueInfo(`${name}_out`, null)] },
  });
  return modelBytes(16, {
    node: [
      { ...node('Conv', ['x', 'w'], ['c'], { pads: [1, 1, 1, 1] }), name: 'conv' },
      node('Equal', ['rate', 'wide'], ['is_wide']),
      {
        ...node('If', ['is_wide'], ['y']),
        name: 'switch',
        attribute: [branch('then', 'Relu'), branch('else', 'Sigmoid')],
      },
    ],
    initializer: [floats('w', [1, 1, 3, 3], [1, 2, 3, 4, 5, 6, 7, 8, 9]), int64s('wide', [16000], [])],
    input: [valueInfo('x', ['?', 1, '?', '?']), valueInfo('rate', [], 7)],
    output: [valueInfo('y', null)],
  });
}

test('from a model with a switch and axes of one name to a bundle that says what was bound', () =>
  inFolder(async (folder) => {
    const path = (name: string): string => join(folder, name);
    writeFileSync(path('model.onnx'), model());
    writeFileSync(path('data.f32'), smallData(8, 8 * 4));
    const given = ['--shape', 'x=1,1,8,4', '--bind', 'rate=16000'];
    const run = async (...args: readonly string[]) => {
      const said = await inProcess([...args, '--json']);
      assert.equal(said.status, 0, said.stderr);
      return JSON.parse(said.stdout);
    };
    const open = await inProcess(['inspect', path('model.onnx'), '--json']);
    assert.equal(open.status, 2);
    assert.match(open.stderr, /--shape x=1,1,<size>,<size>|--bind rate=<value>/);

    const inspected = await run('inspect', path('model.onnx'), ...given);
    assert.deepEqual(inspected.model.bound, { rate: [16000] });
    assert.deepEqual(
      inspected.inputs.map((one: { name: string; shape: number[] }) => [one.name, one.shape]),
      [['x', [1, 1, 8, 4]]],
    );
    assert.deepEqual(inspected.operators, { Conv: 1, Relu: 1 });
    const shown = await inProcess(['inspect', path('model.onnx'), ...given]);
    assert.match(shown.stdout, /^bound +rate = 16000$/m);

    const int8 = path('model.int8.onnx');
    const data = ['-d', path('data.f32'), '--preprocess', 'raw'];
    await run('quantize', path('model.onnx'), '-o', int8, ...data, '-n', '4', ...given);
    const written = importModel(readFileSync(int8), { path: int8 });
    assert.deepEqual(
      written.inputs.map(({ name, shape }) => [name, shape]),
      [['x', [1, 1, 8, 4]]],
    );
    // The same options for the model that was made with them.
    const again = await run('inspect', int8, ...given);
    assert.deepEqual(again.model.bound, { rate: [16000] });
    for (const command of ['plan', 'lint', 'analyze'])
      await run(
        command,
        path('model.onnx'),
        '-t',
        command === 'lint' ? 'jetson-orin-nano' : 'rp2040',
        ...given,
      );

    await run('deploy', int8, '-t', 'stm32h743', '-o', path('bundle'));
    const manifest = JSON.parse(readFileSync(path('bundle/manifest.json'), 'utf8'));
    assert.deepEqual(manifest.model.bound, { rate: [16000] });
    await run(
      'deploy',
      path('model.onnx'),
      '-t',
      'jetson-orin-nano',
      '-o',
      path('jetson'),
      ...data,
      ...given,
    );
    const jetson = JSON.parse(readFileSync(path('jetson/manifest.json'), 'utf8'));
    assert.deepEqual(jetson.model.bound, { rate: [16000] });
  }));
