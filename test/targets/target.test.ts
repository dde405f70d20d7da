import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphBuilder } from '../../src/graph/build.ts';
import { floatTensor } from '../../src/graph/tensor.ts';
import { exportModel } from '../../src/onnx/export.ts';
import { importModel } from '../../src/onnx/import.ts';
import { prepareGraph } from '../../src/passes/pipeline.ts';
import { loadProfile, profileIds } from '../../src/profiles/load.ts';
import { tableBytes } from '../../src/program/tables.ts';
import { supportJson, supportText } from '../../src/report/support.ts';
import { loadEmitter, loadTarget } from '../../src/targets/index.ts';
import type { Subject } from '../../src/targets/target.ts';

/** Conv, Pow, Relu: a kernel, none, and one that goes into nothing before it. */
function subject(): Subject {
  const b = graphBuilder('some');
  const weights = b.constant('w', floatTensor([2, 2, 1, 1], [1, -1, 0.5, 2]));
  const conv = b.node('Conv', [b.input('x', [1, 2, 4, 4]), weights], { name: 'conv', shape: [1, 2, 4, 4] });
  const scores = b.node('Pow', [conv, conv], { name: 'scores', shape: [1, 2, 4, 4] });
  b.output(b.node('Relu', [scores], { name: 'y', shape: [1, 2, 4, 4] }));
  const model = importModel(exportModel(b.build()), { path: 'some.onnx' });
  return { model, graph: prepareGraph(model), float: true, dims: {} };
}

test('every profile has a target of its name', async () => {
  for (const id of profileIds()) assert.equal((await loadTarget(id)).id, id);
});

test('bundles are written for devices, and nothing for a runtime that takes the file', async () => {
  for (const id of profileIds().filter((one) => loadProfile(one).kind !== 'jetson')) {
    const runtime = loadProfile(id).kind === 'host';
    assert.equal((await loadTarget(id)).emit === null, runtime, id);
    if (runtime) await assert.rejects(loadEmitter(id), { code: 'E_PROFILE', at: [`--target ${id}`] });
  }
});

test('what has no settings refuses all that are given, at once', async () => {
  for (const id of ['stm32h743', 'onnxruntime-x64']) {
    await assert.rejects(loadTarget(id, { jetpack: '6.2', powerMode: '15W' }), {
      code: 'E_USAGE',
      at: ['--jetpack', '--power-mode'],
    });
  }
});

test('a target says of every node what becomes of it', async () => {
  const device = (await loadTarget('stm32h743')).support(subject());
  assert.deepEqual(
    device.nodes.map(({ name, op, macs }) => [name, op, macs]),
    [
      ['conv', 'Conv', null],
      ['scores', 'Pow', null],
      ['y', 'Relu', null],
    ],
  );
  assert.equal(device.nodes[0]!.text, 'conv2d_s8');
  assert.match(device.nodes[1]!.text, /^NOT SUPPORTED: /);
  assert.equal(device.failure?.code, 'E_OP');
  assert.match(supportText(device), /on stm32h743/);
  assert.doesNotMatch(supportText(device), /MACs/);

  const host = (await loadTarget('onnxruntime-x64')).support(subject());
  assert.equal(host.failure, null);
  assert.deepEqual(host.nodes.map(({ name, macs }) => [name, macs]).slice(0, 2), [
    ['conv', 64],
    ['scores', host.nodes[1]!.macs],
  ]);
  assert.match(host.nodes[1]!.text, /^FLOAT: /);
  assert.deepEqual(Object.keys(supportJson(host)), ['target', 'support', 'integer']);
  assert.match(supportText(host), /MACs in integers +64 of /);
});

test('a graph made ready has a plan within its machine, and equal requests give equal bundles', async () => {
  const b = graphBuilder('ready');
  const weights = b.constant('w', floatTensor([2, 2, 1, 1], [1, -1, 0.5, 2]));
  b.output(b.node('Conv', [b.input('x', [1, 2, 4, 4]), weights], { name: 'y', shape: [1, 2, 4, 4] }));
  const model = importModel(exportModel(b.build()), { path: 'ready.onnx' });
  const { emit } = await loadTarget('stm32h743');
  const samples = [{ inputs: [Float32Array.from({ length: 32 }, (_, i) => i / 32)], label: null }];
  async function* calibrationSamples() {
    yield* samples;
  }
  const deployment = await emit!.prepare(
    { model, graph: prepareGraph(model), float: true, dims: {} },
    {
      ...{ library: 'builtin', seed: 1, jobs: 1, float: null, labels: [], training: null },
      calibration: { samples: calibrationSamples, request: { jobs: 1 } },
    },
  );
  const { plan, machine } = deployment.planned!;
  assert.equal(deployment.misfit(0), null);
  assert.equal(deployment.misfit(machine.flashBytes)?.code, 'E_MEMORY');
  assert.ok(plan.arenaBytes <= machine.ramBytes);
  const assumed = emit!.assess!({ graph: prepareGraph(model), float: true }, { library: 'builtin', seed: 1 });
  assert.deepEqual(assumed.planned.plan, plan);
  assert.equal(tableBytes(assumed.planned.program), tableBytes(deployment.planned!.program));
  assert.deepEqual(assumed.planned.estimate, deployment.planned!.estimate);
  assert.equal(assumed.misfit(0), null);
  const bundle = async (some: typeof samples) =>
    deployment.bundle({
      ...{ name: 'some', source: { sha256: '', bound: new Map(), toolVersion: '0' } },
      ...{ samples: some, frames: 8, input: { preprocess: null, labels: [] } },
    });
  assert.deepEqual(await bundle(samples), await bundle(samples));
  const recorded = ({ files }: Awaited<ReturnType<typeof bundle>>) =>
    [...files.keys()].filter((path) => path.startsWith('golden/')).length;
  assert.ok(recorded(await bundle(samples)) > recorded(await bundle([])));
  const none = await bundle([]);
  assert.ok(none.files.has(none.main));
});
