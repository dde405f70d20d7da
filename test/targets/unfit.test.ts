import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { packageRoot } from '../../src/package-root.ts';
import type { Step } from '../../src/program/kernels/index.ts';
import type { Program } from '../../src/program/program.ts';
import type { ProgramArray, Storage } from '../../src/program/types.ts';
import { BOARDS } from '../../src/targets/cortex-m/boards.ts';
import { buildSizes } from '../../src/targets/cortex-m/build-sizes.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { tinyml } from '../cli/run.ts';
import { chain, copyStep } from '../program/programs.ts';
import { withBundles } from './folder.ts';
import { bundleInput, denseProgram, smallBundle } from './small-model.ts';

const skip =
  findTool('arm-none-eabi-gcc') === null || findTool('qemu-system-arm') === null
    ? 'arm-none-eabi-gcc or qemu-system-arm is not installed'
    : false;

const constant = (data: ProgramArray): Storage => ({ kind: 'constant', data });

/** `denseProgram` with a table of so many zeros as a second output, which no step reads. */
function withTable(bytes: number): Program {
  const program = denseProgram();
  const table = { name: 'table', dtype: 'int8', shape: [bytes], quant: null } as const;
  const [out] = program.outputs as [Program['outputs'][number]];
  return {
    ...program,
    tensors: [...program.tensors, { ...table, storage: constant(new Int8Array(bytes)) }],
    outputs: [
      out,
      { ...out, name: 'table', tensor: program.tensors.length, onnxShape: [bytes], layout: [0] },
    ],
  };
}

test('a board has the memory that its linker scripts give', () => {
  for (const { script, flashBytes, ramBytes } of Object.values(BOARDS).flatMap(({ memories }) =>
    Object.values(memories),
  )) {
    const text = readFileSync(join(packageRoot(), 'native', 'mcu', script), 'utf8');
    const bytes = (region: string): number => {
      const [, count, unit] = new RegExp(`${region} .*LENGTH = (\\d+)([KM])`).exec(text)!;
      return Number(count) * (unit === 'K' ? 1024 : 1024 * 1024);
    };
    assert.equal(flashBytes, bytes('VECTORS') + bytes('FLASH'), script);
    assert.equal(ramBytes, bytes('RAM'), script);
  }
});

test('firmware is measured whatever the boards that QEMU emulates can hold', { skip }, async () => {
  const tables = await buildSizes(bundleInput({ program: withTable(9_000_000), target: 'stm32n657' }));
  const code = tables!.flashBytes - 9_000_000;
  assert.ok(code > 500 && code < 5000, `${code} bytes beside the table`);
  const large = await buildSizes(bundleInput({ program: chain([16, 20_000_000, 16]), target: 'rp2040' }));
  assert.ok(large!.ramBytes >= 20_000_016, `${large!.ramBytes} bytes of RAM`);
});

test('equal constants are one table, in the manifest, in the plan and in flash', { skip }, async () => {
  const single = withTable(50_000);
  const twice: Program = {
    ...single,
    tensors: [...single.tensors, { ...single.tensors.at(-1)!, name: 'twin' }],
    outputs: [...single.outputs, { ...single.outputs[1]!, name: 'twin', tensor: single.tensors.length }],
  };
  const [one, two] = await Promise.all(
    [single, twice].map((program) => buildSizes(bundleInput({ program }))),
  );
  assert.equal(one!.flashBytes, two!.flashBytes);
});

test('a board that cannot hold a bundle is named, and what else was asked for runs', { skip }, async () => {
  await withBundles([smallBundle({ program: chain([16, 4_193_000, 16]) })], async (folder) => {
    const result = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: ['m4'] });
    assert.deepEqual(
      result.runs.map(({ core, bitExact }) => [core, bitExact]),
      [['host', true]],
    );
    const [misfit] = result.unfit;
    assert.equal(result.unfit.length, 1);
    assert.deepEqual(
      [misfit!.core, misfit!.machine, misfit!.memory, misfit!.availableBytes],
      ['cortex-m4', 'mps2-an386', 'RAM', 4 * 1024 * 1024],
    );
    assert.ok(misfit!.neededBytes > 4 * 1024 * 1024 && misfit!.neededBytes < 4_200_000);

    const failed = await tinyml(['verify', folder!, '--on', 'host,m4', '--json']);
    assert.equal(failed.status, 1, failed.stderr);
    const { verify } = JSON.parse(failed.stdout);
    assert.match(failed.stderr, /E_MEMORY/);
    assert.deepEqual([verify.runs.length, verify.unfit], [1, result.unfit]);
  });
});

test('qemu means the boards that can hold the bundle', { skip }, async () => {
  const program = chain([16, 4_193_000, 16]);
  await withBundles([smallBundle({ program, target: 'qemu-mps2-an386' })], async (folder) => {
    const all = await tinyml(['verify', folder!, '--on', 'qemu', '--json']);
    assert.equal(all.status, 0, all.stderr);
    const { verify } = JSON.parse(all.stdout);
    assert.deepEqual(ran(verify), [['cortex-m55', 'external', true]]);
    assert.deepEqual(
      verify.unfit.map(({ core, memory }: { core: string; memory: string }) => [core, memory]),
      [
        ['cortex-m4', 'RAM'],
        ['cortex-m7', 'RAM'],
      ],
    );
  });
});

test('what the own memory of a board does not hold runs in its external one', { skip }, async () => {
  const program = denseProgram();
  const [x, y, weight, ...rest] = program.tensors;
  const step = program.steps[0]! as Extract<Step, { kernel: 'fully_connected_s8' }>;
  const channels = 170_000;
  const wide: Program = {
    ...program,
    inputs: [{ ...program.inputs[0]!, onnxShape: [1, 1] }],
    outputs: [{ ...program.outputs[0]!, tensor: 6, onnxShape: [16], layout: [0] }],
    tensors: [
      { ...x!, shape: [1, 1] },
      { ...y!, shape: [1, channels] },
      { ...weight!, shape: [channels, 1], storage: constant(new Int8Array(channels).fill(3)) },
      ...rest.map((tensor, i) => ({
        ...tensor,
        shape: [channels],
        storage: constant(new Int32Array(channels).fill(i)),
      })),
      { ...y!, name: 'first', shape: [16] },
    ],
    steps: [
      { ...step, params: { ...step.params, inFeatures: 1, outFeatures: channels, perChannel: 1 } },
      copyStep('first', 1, 6, 16),
    ],
  };
  await withBundles([smallBundle({ program: wide, target: 'qemu-mps2-an386' })], async (folder) => {
    const all = await tinyml(['verify', folder!, '--on', 'm4,m55', '--json']);
    assert.equal(all.status, 0, all.stderr);
    const { verify } = JSON.parse(all.stdout);
    assert.deepEqual(ran(verify), [
      ['cortex-m4', 'own', true],
      ['cortex-m55', 'external', true],
    ]);
    assert.ok(verify.runs[1].flashBytes > 2049 * 1024, 'more than the board has inside');
    assert.deepEqual(verify.unfit, []);
  });
});

function ran({ runs }: { runs: readonly { core: string; memory: string; bitExact: boolean }[] }): unknown[] {
  return runs.map(({ core, memory, bitExact }) => [core, memory, bitExact]);
}

test('a tool that is missing is named before anything is compiled', async () => {
  await withBundles([smallBundle({ program: denseProgram() })], async (folder) => {
    const compiler = join(folder!, 'cc');
    writeFileSync(compiler, `#!/bin/sh\ntouch '${folder}/called'\nexit 1\n`, { mode: 0o755 });
    const run = (tools: Readonly<Record<string, string>>) =>
      tinyml(['verify', folder!], { env: { TINYML_CC: compiler, ...tools } });
    const { status, stderr } = await run({ TINYML_QEMU: '/nonexistent' });
    assert.equal(status, 2, stderr);
    assert.match(stderr, /E_TOOLCHAIN.*qemu-system-arm is missing/);
    assert.ok(!existsSync(join(folder!, 'called')));
    await run({});
    if (skip === false) assert.ok(existsSync(join(folder!, 'called')));
  });
});
