/** What makes the inputs of data is part of every figure and limit: of a model whose front end for sound needs more than its network. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { SOUNDS, soundFile } from '../../fixtures/sounds/sound.ts';
import { LEAST_STACK_BYTES } from '../../src/targets/cortex-m/fit.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { tinyml } from './run.ts';
import { writeSmall } from './small.ts';

const folder = mkdtempSync(join(tmpdir(), 'tinyml-front-end-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** 8 frames of 8 bands, of which each takes a transform of 8192 points: 33 kB of RAM beside a network of a few hundred bytes. */
const PREPROCESS = {
  sound: {
    rate: 8000,
    features: { frameLength: 4096, frameStep: 512, fftSize: 8192, mel: { bands: 8 }, windowPlace: 'start' },
  },
  mean: -5,
  std: 3,
};
/** 20 KiB of RAM, and a part with 640 KiB whose core the board m4 has. */
const [SMALL, LARGE] = ['stm32l072', 'stm32l4r5'];

type Json = {
  readonly memory: { readonly arenaBytes: number; readonly ramBytes: number };
  readonly flash: { readonly bytes: number; readonly weightsBytes: number; readonly codeBytes: number };
  readonly input: {
    readonly scratchBytes: number;
    readonly tableBytes: number;
    readonly instructions: number;
  };
  readonly estimate: { readonly instructions: number; readonly ms: { readonly high: number } };
};

async function run(...args: readonly string[]) {
  const { status, stdout, stderr } = await tinyml([...args, '--json'], { cwd: folder });
  // biome-ignore lint/suspicious/noExplicitAny: results of many commands
  return { status, stderr, json: (stdout === '' ? null : JSON.parse(stdout)) as any };
}

async function done(...args: readonly string[]) {
  const { status, stderr, json } = await run(...args);
  assert.equal(status, 0, stderr);
  return json;
}

let alone: Json;
let whole: Json;
let quantized: Json & { readonly fits: boolean; readonly warnings: readonly { readonly code: string }[] };

before(async () => {
  await writeSmall(folder, {}, true);
  mkdirSync(join(folder, 'sounds'));
  for (const [i, name] of SOUNDS.entries())
    writeFileSync(join(folder, 'sounds', `${name}.wav`), soundFile(name, i));
  writeFileSync(join(folder, 'preprocess.json'), JSON.stringify(PREPROCESS));
  quantized = await done(
    ...['quantize', 'model.onnx', '-o', 'spotter.onnx', '-d', 'sounds', '--preprocess', 'preprocess.json'],
    ...['--target', SMALL!],
  );
  alone = await done('plan', 'model.int8.onnx', '--target', LARGE!);
  whole = await done('plan', 'spotter.onnx', '--target', LARGE!);
});

const between = (low: number, high: number): string => {
  assert.ok(low < high, `${low} < ${high}`);
  return String(Math.floor((low + high) / 2));
};

describe('a front end for sound', () => {
  test('its memory is that of the arena before the network runs', () => {
    const { memory, input } = whole;
    assert.equal(input.scratchBytes, 4 * (8192 + 2 + 8));
    assert.ok(memory.arenaBytes >= input.scratchBytes + 64, 'the input lies beside it');
    assert.ok(
      memory.arenaBytes < input.scratchBytes + alone.memory.arenaBytes,
      'it lies where the network does',
    );
    assert.ok(input.tableBytes > 4 * 4096);
    assert.ok(whole.estimate.instructions > alone.estimate.instructions + input.instructions / 2);
  });

  test('what is quantised for a part that its network alone fits does not fit', async () => {
    assert.equal(quantized.fits, false);
    assert.deepEqual([...new Set(quantized.warnings.map(({ code }) => code))].includes('W_FIT'), true);
    // Weights are packed for the core.
    const { json: there } = await run('plan', 'spotter.onnx', '--target', SMALL!);
    assert.deepEqual(
      [quantized.memory.arenaBytes, quantized.flash.weightsBytes, quantized.input.tableBytes],
      [whole.memory.arenaBytes, there.flash.weightsBytes, whole.input.tableBytes],
    );
  });

  for (const command of ['plan', 'analyze', 'deploy']) {
    test(`${command}: it does not fit, and the front end is named`, async () => {
      const output = command === 'deploy' ? ['-o', 'unfit'] : [];
      const { status, stderr } = await run(command, 'spotter.onnx', '--target', SMALL!, ...output);
      assert.equal(status, 1);
      assert.match(stderr, /E_MEMORY[\s\S]*the arena needs 3\d,\d{3} bytes[\s\S]*front end: /);
    });
  }

  test('fit: parts that the network alone fits are missed by RAM', async () => {
    const rowsOf = async (path: string) => {
      const { targets } = await done('fit', path);
      return targets.find(({ target }: { target: string }) => target === SMALL);
    };
    assert.deepEqual((await rowsOf('model.int8.onnx')).misses, []);
    const [miss] = (await rowsOf('spotter.onnx')).misses;
    assert.deepEqual([miss.kind, miss.by], ['RAM', whole.memory.arenaBytes + LEAST_STACK_BYTES - 20 * 1024]);
  });

  test('samples that frames need all of have to fit beside the arena, and those of which each needs its own have not', async () => {
    // 7 steps of 8192 samples and a frame of 4096: 122,880 bytes.
    const features = { ...PREPROCESS.sound.features, frameStep: 8192 };
    const verdictOf = async (log: object) => {
      const described = { ...PREPROCESS, sound: { rate: 8000, features: { ...features, log } } };
      writeFileSync(join(folder, 'held.json'), JSON.stringify(described));
      await done(
        ...['quantize', 'model.onnx', '-o', 'held.onnx', '-d', 'sounds', '--preprocess', 'held.json'],
      );
      const { targets } = await done('fit', 'held.onnx');
      const plan = await run('plan', 'held.onnx', '--target', 'stm32f411');
      const { misses } = targets.find(({ target }: { target: string }) => target === 'stm32f411');
      return { plan, misses, analyze: await run('analyze', 'held.onnx', '--target', 'stm32f411') };
    };
    const alone = await verdictOf({ offset: 1e-4 });
    assert.deepEqual([alone.plan.status, alone.analyze.status, alone.misses], [0, 0, []]);
    assert.equal(alone.plan.json.input.wholeSamples, false);

    const held = await verdictOf({ floor: 1e-10, range: 8 });
    const { memory, input } = held.plan.json;
    assert.equal(input.wholeSamples, true);
    assert.ok(memory.arenaBytes < memory.limitBytes && input.sampleBytes < memory.limitBytes);
    assert.deepEqual([held.plan.status, held.analyze.status], [1, 1]);
    assert.match(held.plan.stderr, /E_MEMORY[\s\S]*the samples beside it 122,880[\s\S]*it fits on/);
    assert.doesNotMatch(held.plan.stderr, /it fits on[^\n]*stm32f411/);
    const by = memory.arenaBytes + input.sampleBytes + LEAST_STACK_BYTES - memory.limitBytes;
    assert.deepEqual(
      held.misses.map((miss: object) => ({ ...miss })),
      [{ kind: 'RAM', by, limit: memory.limitBytes }],
    );
  });

  for (const command of ['plan', 'analyze']) {
    test(`${command}: limits between the network and all of it refuse`, async () => {
      const limits: readonly (readonly [limit: string, low: number, high: number])[] = [
        ['max-ram', alone.memory.arenaBytes, whole.memory.arenaBytes],
        ['max-latency', alone.estimate.ms.high, whole.estimate.ms.high],
        ...(findTool('arm-none-eabi-gcc') === null
          ? []
          : [['max-flash', alone.flash.bytes, whole.flash.bytes] as const]),
      ];
      const given = limits.flatMap(([limit, low, high]) => [`--${limit}`, between(low, high)]);
      assert.equal((await run(command, 'model.int8.onnx', '--target', LARGE!, ...given)).status, 0);
      const { status, stderr, json } = await run(command, 'spotter.onnx', '--target', LARGE!, ...given);
      assert.equal(status, 1);
      assert.match(stderr, /E_GATE/);
      const { gates } = json as { gates: readonly { readonly limit: string; readonly passed: boolean }[] };
      assert.deepEqual(
        gates.map(({ passed }) => passed),
        limits.map(() => false),
      );
    });
  }

  test('fit: limits between the network and all of it leave no part', async () => {
    const given = ['--max-ram', between(alone.memory.arenaBytes, whole.memory.arenaBytes)];
    assert.equal((await run('fit', 'model.int8.onnx', ...given)).status, 0);
    assert.equal((await run('fit', 'spotter.onnx', ...given)).status, 1);
  });

  test('verify: RAM and flash are those of plan to the byte, instructions about those, and limits hold all of it', async (t) => {
    if (findTool('arm-none-eabi-gcc') === null || findTool('qemu-system-arm') === null)
      return t.skip('no cross compiler, or no QEMU');
    const { input, flash } = await done('deploy', 'spotter.onnx', '--target', LARGE!, '-o', 'spotter');
    const readme = readFileSync(join(folder, 'spotter', 'README.md'), 'utf8');
    const [, tables] = /(\d+) bytes of\ntables in flash/.exec(readme)!;
    assert.equal(Number(tables), flash.weightsBytes + input.tableBytes);
    const { instructions, ...planned } = whole.input;
    assert.deepEqual(
      { ...input, functions: null, classes: null },
      { ...planned, functions: null, classes: null },
    );
    const limits = [
      ['max-instructions', between(alone.estimate.instructions, whole.estimate.instructions)],
      ['max-ram', between(alone.memory.ramBytes, whole.memory.ramBytes)],
      ['max-flash', between(alone.flash.bytes, whole.flash.bytes)],
      ['max-latency', between(alone.estimate.ms.high, whole.estimate.ms.high)],
    ] as const;
    const given = limits.flatMap(([limit, value]) => [`--${limit}`, value]);
    const { status, stderr, json } = await run('verify', 'spotter', '--on', 'm4', ...given);
    assert.equal(status, 1);
    assert.match(stderr, /E_GATE/);
    assert.deepEqual(
      json.gates.map(({ passed }: { passed: boolean }) => passed),
      [false, false, false, false],
    );
    const [board] = json.verify.runs;
    assert.equal(board.bitExact, true);
    assert.equal(board.ramBytes, whole.memory.ramBytes);
    assert.equal(board.flashBytes, whole.flash.bytes);
    const off = (predicted: number, counted: number): number => Math.abs(predicted / counted - 1);
    assert.ok(
      off(instructions, board.inputInstructions) < 0.1,
      `${instructions}, ${board.inputInstructions}`,
    );
    assert.ok(off(whole.estimate.instructions, board.instructions) < 0.1);
  });

  test('the arena and the tables are linked with the bytes that were said', (t) => {
    if (findTool('arm-none-eabi-gcc') === null) return t.skip('no cross compiler');
    const bundle = join(folder, 'spotter');
    const made = spawnSync('make', ['-s', '-j2', 'BOARD=m4', 'build/m4/spotter_firmware.elf'], {
      cwd: bundle,
    });
    assert.equal(made.status, 0, made.stderr.toString());
    const nm = findTool('arm-none-eabi-gcc')!.replace(/gcc$/, 'nm');
    const symbols = spawnSync(nm, ['-S', 'build/m4/spotter_firmware.elf'], { cwd: bundle }).stdout.toString();
    const bytesOf = (symbol: string): number => {
      const found = new RegExp(`^\\w+ (\\w+) \\w ${symbol}$`, 'm').exec(symbols);
      return found === null ? 0 : Number.parseInt(found[1]!, 16);
    };
    assert.equal(bytesOf('arena'), whole.memory.arenaBytes);
    const tables = ['window', 'cosines', 'mel', 'weights', 'transform', 'log2_table', 'root_table'];
    const sum = [...tables, 'of_sound0_steps'].reduce((bytes, symbol) => bytes + bytesOf(symbol), 0);
    assert.equal(sum, whole.input.tableBytes);
  });
});
