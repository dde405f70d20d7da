/**
 * Single layers on Cortex-M4 and M55, by instructions under QEMU: transposed convolutions, those of several groups, products, pools and sums of pools. As they
 * are packed for the core, with the portable kernel in their place, and by CMSIS-NN.
 *
 *   CMSIS_NN_DIR=<folder> npm run bench:operators
 */
import { copyFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../src/numbers/random.ts';
import { packageRoot } from '../src/package-root.ts';
import type { KernelName } from '../src/program/kernels/index.ts';
import { packFor } from '../src/targets/cortex-m/pack/index.ts';
import { programOf } from '../test/engine/programs.ts';
import type { Case } from '../test/native/cases.ts';
import { callWith } from './instructions/cases.ts';
import { CORES, type CoreId, countInstructions } from './instructions/measure.ts';

type Layer = { readonly name: string; readonly call: Case };

const random = seededRandom(7);
const CODES = { actMin: -128, actMax: 127 };
const NUMBERS = { inputOffset: 128, outputOffset: -128, ...CODES };

function layer(name: string, kernel: KernelName, params: Readonly<Record<string, number>>): Layer {
  const call = callWith(kernel, params, random);
  // Weights are symmetric.
  const constants = call.operands.constants.map((data) =>
    data instanceof Int8Array ? data.map((code) => Math.max(-127, code)) : data,
  );
  return { name, call: { ...call, operands: { ...call.operands, constants } } };
}

function square(size: number, out: number, kernel: number, stride: number, pad: number) {
  return {
    ...{ batch: 1, inH: size, inW: size, outH: out, outW: out, kernelH: kernel, kernelW: kernel },
    ...{ strideH: stride, strideW: stride, padTop: pad, padLeft: pad, dilationH: 1, dilationW: 1 },
  };
}

function transposed(
  size: number,
  inChannels: number,
  outChannels: number,
  kernel: number,
  pad: number,
): Layer {
  const name = `transposed ${kernel}x${kernel}, stride 2, ${size}x${size}x${inChannels} to ${outChannels}`;
  const window = square(size, 2 * size, kernel, 2, pad);
  return layer(name, 'conv_transpose2d_s8', { ...window, ...NUMBERS, inChannels, outChannels });
}

function grouped(size: number, channels: number, kernel: number, groups: number): Layer {
  const name = `${groups} groups, ${kernel}x${kernel}, ${size}x${size}x${channels} to ${channels}`;
  const window = square(size, size, kernel, 1, (kernel - 1) / 2);
  return layer(name, 'conv2d_s8', {
    ...window,
    ...NUMBERS,
    inChannels: channels,
    outChannels: channels,
    groups,
  });
}

const LAYERS: readonly Layer[] = [
  transposed(8, 32, 16, 2, 0),
  transposed(8, 32, 16, 3, 1),
  transposed(8, 32, 16, 4, 1),
  transposed(16, 8, 1, 4, 1),
  grouped(8, 32, 3, 2),
  grouped(8, 64, 3, 8),
  grouped(8, 64, 3, 16),
  grouped(8, 64, 1, 4),
  layer('depthwise 5x5, four outputs for an input, 16x16x4', 'depthwise_conv2d_s8', {
    ...{ ...square(16, 16, 5, 1, 2), ...NUMBERS, inChannels: 4, depthMultiplier: 4 },
  }),
  layer('product of 64x32', 'mul_s8', {
    ...{ outer: 64, channels: 32, repeat: 1, input1Offset: 3, input2Offset: 4, outputOffset: -5, ...CODES },
    ...{ outputMultiplier: 2 ** 30 + 54321, outputShift: -7 },
  }),
  layer('average of 8x8x64', 'avg_pool2d_s8', {
    ...{ ...square(8, 1, 8, 1, 0), ...NUMBERS, channels: 64, countIncludePad: 0 },
  }),
  layer('averages of 2x2, 16x16x16', 'avg_pool2d_s8', {
    ...{ ...square(16, 8, 2, 2, 0), ...NUMBERS, channels: 16, countIncludePad: 0 },
  }),
  layer('sums of 16 positions of 64 channels', 'pool_sums_s8', { positions: 16, channels: 64, isFirst: 0 }),
];

const work = mkdtempSync(join(tmpdir(), 'tinyml-operators-'));
try {
  cpSync(join(packageRoot(), 'native', 'kernels'), work, { recursive: true });
  const adapters = join(work, 'cmsis-nn');
  const transposed = 'conv_transpose2d_s8.c';
  copyFileSync(join(packageRoot(), 'bench', 'operators', transposed), join(adapters, transposed));
  const columns: (readonly number[])[] = [];
  for (const core of ['cortex-m4', 'cortex-m55'] as const) {
    const calls = LAYERS.map(({ call }) => call);
    columns.push(
      await countInstructions(
        core,
        'builtin',
        calls.map((call) => packed(call, core)),
      ),
      await countInstructions(core, 'builtin', calls),
      await countInstructions(core, 'cmsis-nn', calls, adapters),
    );
  }
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  process.stdout.write(row(['layer', ...['M4', 'M55'].flatMap((core) => [core, 'portable', 'CMSIS-NN'])]));
  LAYERS.forEach(({ name }, i) => {
    process.stdout.write(row([name, ...columns.map((column) => column[i]!.toLocaleString('en'))]));
  });
} finally {
  rmSync(work, { recursive: true });
}

/** As the core takes it. */
function packed(call: Case, core: CoreId): Case {
  const { program } = programOf(call);
  const twin = packFor(program, 'builtin', CORES[core].features);
  const [step] = twin.steps;
  if (twin === program || step === undefined) return call;
  const constants = step.constants.map((id) => {
    const { storage } = twin.tensors[id]!;
    if (storage.kind !== 'constant') throw new Error('a constant that is none');
    return storage.data;
  });
  return {
    ...call,
    step: { ...call.step, kernel: step.kernel, params: step.params } as Case['step'],
    operands: { ...call.operands, constants },
  };
}
