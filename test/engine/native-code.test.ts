/** The signatures, and what is generated from them. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { test } from 'node:test';
import { nativeFiles } from '../../src/engine/native-code.ts';
import { packageRoot } from '../../src/package-root.ts';
import { kernelNames, signatureOf } from '../../src/program/kernels/index.ts';
import type { Factor, Size } from '../../src/program/signature.ts';

const root = packageRoot();

test('the generated C is that of the signatures', () => {
  for (const [path, text] of Object.entries(nativeFiles())) {
    assert.equal(readFileSync(join(root, path), 'utf8'), text, `${path} is stale: npm run generate`);
  }
});

function namesIn(size: Size): readonly string[] {
  const terms = (factor: Factor): readonly (number | string)[] => {
    if (typeof factor !== 'object') return [factor];
    if ('over' in factor) return factor.over;
    if ('sum' in factor) return factor.sum;
    return 'times' in factor ? factor.times : [factor.when, factor.then, factor.otherwise];
  };
  return size.flatMap(terms).filter((term) => typeof term === 'string');
}

for (const name of kernelNames) {
  test(`the signature of ${name} is whole`, () => {
    const { about, params, operands, inPlace, split, scratch, macs, vector } = signatureOf(name)!;
    assert.ok(about.length > 0);
    for (const [least, most] of Object.values(params)) assert.ok(least <= most);

    const sizes = [...operands.map(({ elements }) => elements), scratch, macs];
    for (const size of sizes) {
      for (const term of namesIn(size ?? [])) assert.ok(Object.hasOwn(params, term), `no parameter ${term}`);
    }

    const order = operands.map(({ kind }) => ['input', 'constant', 'output', 'update'].indexOf(kind));
    const roles = order.map((role) => Math.min(role, 2));
    assert.deepEqual(roles, [...roles].sort());
    assert.equal(new Set(operands.map((operand) => operand.name)).size, operands.length);
    for (const { kind, values } of operands) assert.ok(values === undefined || kind === 'constant');

    const output = operands.find(({ kind }) => kind === 'output' || kind === 'update')!;
    for (const k of inPlace ?? []) assert.equal(operands[k]!.kind, 'input');
    if (inPlace !== undefined) assert.equal(output.kind, 'output');
    if (split !== undefined) assert.equal(split.operands.length, operands.length);

    assert.ok(existsSync(join(root, 'native', 'kernels', 'generic', `${name}.c`)));
    if (vector !== undefined && existsSync(join(root, 'native', 'kernels', vector, `${name}.c`))) {
      const body = readFileSync(join(root, 'native', 'kernels', vector, `${name}.c`), 'utf8');
      assert.match(body, new RegExp(`const tinyml_functions TINYML_(NAME|FUNCTIONS)\\(${name}\\)`));
    }
  });
}

/** Files that name a kernel, but for those that call it, adapt another library or are generated. */
function filesNaming(kernel: string): readonly string[] {
  const folders = [
    'src/program',
    'src/engine',
    'native/engine',
    'native/kernels',
    'test/native',
    'test/engine',
    'scripts',
  ];
  const name = new RegExp(`(?<![a-z0-9])${kernel}(?![a-z0-9])`);
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
        join(folder, file).replaceAll(sep, '/'),
      ),
    )
    .filter(
      (path) => /\.(ts|c|h|js)$/.test(path) && !/\/(generated|cmsis-nn)\/|\/tinyml_kernels\.h$/.test(path),
    )
    .filter((path) => name.test(readFileSync(join(root, path), 'utf8').replaceAll('tinyml_', ' ')))
    .sort();
}

test('a kernel is named in the files that docs/adding-a-kernel.md lists', () => {
  const files = filesNaming('max_pool2d_s8').filter((path) => !path.endsWith('native-code.test.ts'));
  assert.deepEqual(files, [
    // How its output may lie over its input.
    'native/engine/overlaps.c',
    'native/kernels/generic/max_pool2d_s8.c',
    // Its twin on tile lists.
    'native/kernels/generic/max_pool2d_tiles_s8.c',
    'native/kernels/generic/tinyml_max_pool2d_rows.h',
    'native/kernels/simd/max_pool2d_s8.c',
    'src/program/kernels/index.ts',
    'src/program/kernels/max-pool2d-s8.ts',
    'src/program/kernels/on-tiles.ts',
    // Which rows of its input rows of its output read.
    'src/program/row-forms.ts',
    // What it does that needs all of an image, in words.
    'src/program/whole-tensors.ts',
    'test/native/cases.ts',
    'test/native/costs.test.ts',
  ]);
  const last = filesNaming('conv_transpose2d_f32').filter((path) => !path.endsWith('native-code.test.ts'));
  const page = readFileSync(join(root, 'docs', 'adding-a-kernel.md'), 'utf8');
  for (const path of last) assert.ok(page.includes(`\`${path}\``), `${path} is not on the page`);
  assert.equal(last.length, 7);
});
