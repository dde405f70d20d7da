import assert from 'node:assert/strict';
import { test } from 'node:test';
import ort from 'onnxruntime-node';
import { createExecutor } from '../../../../src/execute/float.ts';
import type { Graph, Tensor } from '../../../../src/graph/types.ts';
import { verifyGraph } from '../../../../src/graph/verify.ts';
import { seededRandom } from '../../../../src/numbers/random.ts';
import { exportModel } from '../../../../src/onnx/export.ts';
import { importModel } from '../../../../src/onnx/import.ts';
import { resolveModel } from '../../../../src/passes/resolve.ts';
import { fixGraph } from '../../../../src/targets/tensorrt/lint/fix/index.ts';
import { lintModel } from '../../../../src/targets/tensorrt/lint/index.ts';
import { runOrt } from '../../../onnx/models.ts';
import { CASES, ORIN } from './cases.ts';
import { fileOf, platformOf } from './foreign.ts';

const graphOf = (bytes: Uint8Array): Graph => resolveModel(importModel(bytes, { path: 'm.onnx' }));

/** Numbers from -1 to 1 for the input, or the codes that stand for them where it takes codes. */
function inputOf(graph: Graph, codes: { readonly scale: number; readonly zero: number } | null): Tensor {
  const [port] = graph.inputs;
  const random = seededRandom(3);
  const { shape } = graph.values.get(port!.value)!;
  const data = Float32Array.from(
    { length: shape.reduce((product, dim) => product * dim, 1) },
    () => random() * 2 - 1,
  );
  if (port!.dtype === 'float32') return { dtype: 'float32', shape, data };
  return {
    dtype: 'int8',
    shape,
    data: Int8Array.from(data, (value) => Math.round(value / codes!.scale) + codes!.zero),
  };
}

async function runsOf(bytes: Uint8Array): Promise<readonly Float32Array[]> {
  const graph = graphOf(bytes);
  const input = inputOf(graph, { scale: 0.01, zero: 3 });
  const [own] = createExecutor(graph).run([input]);
  const [port] = graph.inputs;
  const feed = new ort.Tensor(input.dtype as 'float32' | 'int8', input.data as Float32Array, input.shape);
  const theirs = await runOrt(bytes, { [port!.name]: feed });
  return [own!.data as Float32Array, Object.values(theirs)[0]!.data as Float32Array];
}

const largest = (values: Float32Array): number =>
  values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

function difference(a: Float32Array, b: Float32Array): number {
  assert.equal(a.length, b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest(a);
}

for (const { what, rule, bytes, on, fixable, within = 0 } of CASES) {
  if (!fixable || rule === 'R0' || rule === 'R13') continue; // written by the forms of the release
  test(`${rule}: ${what}: is repaired, and computes the same`, async () => {
    const platform = platformOf(...(on ?? ORIN));
    const before = bytes();
    const { graph, changes } = fixGraph(graphOf(before), platform, lintModel(fileOf(before), platform));
    assert.ok(
      changes.some((change) => change.rule === rule),
      JSON.stringify(changes),
    );
    const after = exportModel(verifyGraph(graph));
    const left = lintModel(fileOf(after), platform).filter(({ severity }) => severity !== 'note');
    assert.deepEqual(left, []);
    const [was, is] = [await runsOf(before), await runsOf(after)];
    // The executors sum in other orders.
    for (const i of [0, 1])
      assert.ok(difference(was[i]!, is[i]!) <= within + 1e-5, `${difference(was[i]!, is[i]!)}`);
    assert.ok(difference(is[0]!, is[1]!) <= 0.02, `executors differ by ${difference(is[0]!, is[1]!)}`);
  });
}

test('a model that breaks no rule is not touched', () => {
  const platform = platformOf();
  const graph = graphOf(CASES.find(({ rule }) => rule === 'P2')!.bytes());
  assert.deepEqual(fixGraph(graph, platform, []), { graph, changes: [] });
});

test('a Relu that codes stood for is put back, but not where nothing is below 0', () => {
  const platform = platformOf();
  const { bytes } = CASES.find(({ what }) => what.includes('Relu that was there'))!;
  const { graph, changes } = fixGraph(graphOf(bytes()), platform, []);
  assert.deepEqual(
    graph.nodes.filter(({ op }) => op === 'Relu').map(({ inputs }) => inputs),
    [['c']],
  );
  assert.match(
    changes[0]!.what,
    /^the range \[0, 2\.55\] became \[-2\.55, 2\.55\]: its steps are 2(\.\d+)? times as wide$/,
  );
});
