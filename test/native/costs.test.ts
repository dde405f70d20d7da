/**
 * What the kernels of patches and tiles cost in instructions on emulated cores: with everything active hardly more than the
 * dense kernels, with nothing active next to nothing.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import { type KernelName, signatureOf } from '../../src/program/kernels/index.ts';
import { paint, type Tile, writeTiles } from '../../src/program/kernels/tile-list.ts';
import { evaluate, type Operand } from '../../src/program/signature.ts';
import type { ProgramArray } from '../../src/program/types.ts';
import type { BoardId } from '../../src/targets/cortex-m/boards.ts';
import type { Case } from './cases.ts';
import { board, buildHarness, onlyWith, runBuilt } from './harness.ts';
import { int8s, integer } from './random.ts';

type Params = Readonly<Record<string, number>>;

const random = seededRandom(5);
const CAPACITY = 64;
const ACTIVATION = { actMin: -128, actMax: 127 };
const OFFSETS = { inputOffset: 128, outputOffset: -128, ...ACTIVATION };

/** Random contents of an operand. */
function contents({ dtype, values, elements }: Operand, params: Params): ProgramArray {
  const length = evaluate(elements!, params);
  const words = (least: number, most: number): Int32Array =>
    Int32Array.from({ length }, () => integer(random, least, most));
  if (values === 'multipliers') return words(2 ** 30, 2 ** 31 - 1);
  if (values === 'shifts') return words(-9, -7);
  return dtype === 'int32' ? words(-1000, 1000) : int8s(random, length);
}

/** A call with random operands; `list` is what it gets of tiles. */
function callOf(kernel: KernelName, params: Params, list: readonly Tile[] = []): Case {
  const { operands } = signatureOf(kernel)!;
  const of = (...kinds: readonly string[]): ProgramArray[] =>
    operands
      .filter(({ kind }) => kinds.includes(kind))
      .map((operand) =>
        operand.kind === 'input' && operand.dtype === 'int32'
          ? listOf(list, params)
          : contents(operand, params),
      );
  const updates = operands
    .filter(({ kind }) => kind === 'output' || kind === 'update')
    .flatMap(({ kind }, i) => (kind === 'update' ? [i] : []));
  return {
    step: { kernel, name: kernel, inputs: [], constants: [], outputs: [], params } as unknown as Case['step'],
    operands: { inputs: of('input'), constants: of('constant'), outputs: of('output', 'update') },
    alias: -1,
    distance: null,
    updates,
    misalignment: 0,
  };
}

function listOf(tiles: readonly Tile[], params: Params): Int32Array {
  const { height, width } = imageOf(params);
  const list = new Int32Array(1 + 4 * params.capacity!);
  writeTiles(list, paint(tiles, height, width), height, width);
  return list;
}

function imageOf(params: Params): { readonly height: number; readonly width: number } {
  return {
    height: params.outH ?? params.height!,
    width: params.outW ?? params.width!,
  };
}

function windowOf(inH: number, inW: number, kernel: number, stride: number): Params {
  return {
    ...{ batch: 1, inH, inW, outH: inH / stride, outW: inW / stride, kernelH: kernel, kernelW: kernel },
    ...{ strideH: stride, strideW: stride, dilationH: 1, dilationW: 1 },
    ...{ padTop: (kernel - 1) >> 1, padLeft: (kernel - 1) >> 1 },
  };
}

function sumOf(size: number): Params {
  const scaled = (name: string) => ({ [`${name}Multiplier`]: 2 ** 30 + 12345, [`${name}Shift`]: -1 });
  return {
    ...{ size, leftShift: 20, input1Offset: 128, ...scaled('input1'), input2Offset: 3, ...scaled('input2') },
    ...{ outputOffset: -5, outputMultiplier: 2 ** 30 + 54321, outputShift: -19, ...ACTIVATION },
  };
}

/** Layers of a backbone of 160 x 128 pixels: dense kernel, twin, and parameters of both. */
const LAYERS: readonly (readonly [dense: KernelName, twin: KernelName, dense: Params, image?: Params])[] = [
  [
    'conv2d_s8',
    'conv2d_tiles_s8',
    { ...windowOf(128, 160, 3, 2), ...OFFSETS, inChannels: 3, outChannels: 8, groups: 1 },
  ],
  [
    'depthwise_conv2d_s8',
    'depthwise_conv2d_tiles_s8',
    { ...windowOf(64, 80, 3, 1), ...OFFSETS, inChannels: 8, depthMultiplier: 1 },
  ],
  [
    'conv2d_s8',
    'conv2d_tiles_s8',
    { ...windowOf(32, 40, 1, 1), ...OFFSETS, inChannels: 16, outChannels: 32, groups: 1 },
  ],
  [
    'depthwise_conv2d_s8',
    'depthwise_conv2d_tiles_s8',
    { ...windowOf(16, 20, 3, 1), ...OFFSETS, inChannels: 64, depthMultiplier: 1 },
  ],
  ['max_pool2d_s8', 'max_pool2d_tiles_s8', { ...windowOf(64, 80, 2, 2), channels: 8, ...ACTIVATION }],
  [
    'avg_pool2d_s8',
    'avg_pool2d_tiles_s8',
    { ...windowOf(64, 80, 2, 2), channels: 8, ...OFFSETS, countIncludePad: 0 },
  ],
  [
    'mean_pool2d_s8',
    'mean_pool2d_tiles_s8',
    { ...windowOf(64, 80, 2, 2), channels: 8, ...OFFSETS, multiplier: 2 ** 30 + 54321, shift: -1 },
  ],
  ['add_s8', 'add_tiles_s8', sumOf(32 * 40 * 16), { height: 32, width: 40 }],
  [
    'mul_s8',
    'mul_tiles_s8',
    {
      ...{ outer: 32 * 40, channels: 16, repeat: 1, input1Offset: 3, input2Offset: 4, outputOffset: -5 },
      ...{ outputMultiplier: 2 ** 30 + 54321, outputShift: -7, ...ACTIVATION },
    },
    { height: 32, width: 40 },
  ],
  ['lut_s8', 'lut_tiles_s8', { size: 32 * 40 * 16 }, { height: 32, width: 40 }],
];

/** Rectangles of the patches that a patch of four walkers takes: 15 % of an image, in eight pieces. */
function someTiles({ height, width }: { readonly height: number; readonly width: number }): readonly Tile[] {
  const [h, w] = [height / 16, width / 20];
  return [1, 6, 11, 16].flatMap((column, i) =>
    [i + 1, i + 9].map((row) => ({
      y0: Math.floor(row * h),
      x0: Math.floor(column * w),
      y1: Math.ceil((row + 3) * h),
      x1: Math.ceil((column + 2) * w),
    })),
  );
}

function areaOf(tiles: readonly Tile[]): number {
  return tiles.reduce((sum, { y0, x0, y1, x1 }) => sum + (y1 - y0) * (x1 - x0), 0);
}

const CALLED = [
  ...LAYERS.flatMap(([dense, twin]) => [dense, twin] as const),
  ...([
    'patch_statistics_s8',
    'gate_patches_s8',
    'list_tiles_s32',
    'dilate_tiles_s32',
    'copy_tiles_s8',
  ] as const),
];

/** Instructions of each call. */
type CostsOf = (calls: readonly Case[]) => Promise<readonly number[]>;

async function costsOn(id: BoardId): Promise<CostsOf> {
  const work = mkdtempSync(join(tmpdir(), 'tinyml-costs-'));
  after(() => rmSync(work, { recursive: true, force: true }));
  const [place, sources] = onlyWith(board(id, ['-DTINYML_COSTS']), CALLED);
  const folder = await buildHarness(place, work, undefined, sources);
  return async (calls) => {
    const costs = await runBuilt(place, calls, folder);
    return calls.map((_, i) => costs.readUInt32LE(4 * i));
  };
}

/** What a row of a tile takes to begin where its pixels are few and cheap. */
const MOST_ROW = 40;

/** A call that finds nothing to do. */
const MOST_NOTHING = 100;

async function compare(costsOf: CostsOf): Promise<readonly string[]> {
  const calls = LAYERS.flatMap(([dense, twin, params, image = {}]) => {
    const own = { ...params, ...image, capacity: CAPACITY };
    const { height, width } = imageOf(own);
    const whole = { y0: 0, x0: 0, y1: height, x1: width };
    return [
      callOf(dense, params),
      callOf(twin, own, [whole]),
      callOf(twin, own, someTiles({ height, width })),
      callOf(twin, own, []),
    ];
  });
  const costs = await costsOf(calls);
  return LAYERS.map(([name, , params, image = {}], i) => {
    const [dense, all, some, none] = costs.slice(4 * i, 4 * i + 4) as [number, number, number, number];
    const size = imageOf({ ...params, ...image });
    const share = areaOf(someTiles(size)) / (size.height * size.width);
    const row = `${name} dense ${dense}, all ${(all / dense).toFixed(3)}, ${share.toFixed(3)} of it ${(some / dense).toFixed(3)}, none ${none}`;
    assert.ok(dense > 10_000, row);
    assert.ok(all <= 1.1 * dense, row);
    const rows = someTiles(size).reduce((sum, { y0, y1 }) => sum + y1 - y0, 0);
    assert.ok(some <= 1.2 * share * dense + MOST_ROW * rows, row);
    assert.ok(none <= MOST_NOTHING, row);
    return row;
  });
}

/** A gate on a frame of 160 x 128 pixels of three channels, in patches of 8 x 8. */
const FRAME = { height: 128, width: 160, channels: 3 } as const;
const PATCHES = { rows: 16, columns: 20, patchH: 8, patchW: 8, denseAbove: 320, capacity: CAPACITY } as const;

/** The call with other contents of its inputs. */
function withInputs(call: Case, change: (inputs: readonly ProgramArray[]) => readonly ProgramArray[]): Case {
  return { ...call, operands: { ...call.operands, inputs: change(call.operands.inputs) } };
}

/** Costs of what a gate computes: of frames that are equal and that differ everywhere, and of masks. */
async function gateCosts(costsOf: CostsOf) {
  const statistics = callOf('patch_statistics_s8', { ...FRAME, patch: 8, inputOffset: 128, threshold: 1 });
  const equal = withInputs(statistics, ([x]) => [x!, x!.slice()]);
  const mask = paint(someTiles({ height: 16, width: 20 }), 16, 20);
  const list = callOf('list_tiles_s32', PATCHES);
  const dilate = { inH: 64, inW: 80, outH: 64, outW: 80, ...windowOf(64, 80, 3, 1), capacity: CAPACITY };
  const sums: Case = {
    ...statistics,
    operands: {
      ...statistics.operands,
      constants: [Int32Array.of(2 ** 30, 0, 0, 0), statistics.operands.constants[1]!],
    },
  };
  const [different, sumsOnly, same, gate, some, none, dilated, copied] = await costsOf([
    statistics,
    sums,
    equal,
    callOf('gate_patches_s8', { patches: 320, threshold: 0, maxAge: 30, keyFrame: 30, sceneCut: 256 }),
    withInputs(list, () => [Int8Array.from(mask)]),
    withInputs(list, () => [new Int8Array(320)]),
    withInputs(callOf('dilate_tiles_s32', dilate), () => [
      listOf(someTiles({ height: 64, width: 80 }), { height: 64, width: 80, capacity: CAPACITY }),
    ]),
    callOf('copy_tiles_s8', { ...FRAME, capacity: CAPACITY }, someTiles(FRAME)),
  ]);
  return { different, sumsOnly, same, gate, some, none, dilated, copied };
}

/** Instructions per byte of the frame, and per patch or byte of other steps. */
const MOST = {
  m4: { different: 7, sumsOnly: 3.2, same: 3.2 },
  m7: { different: 7, sumsOnly: 3.2, same: 3.2 },
  m55: { different: 2.6, sumsOnly: 2.6, same: 2.6 },
} as const;
const MOST_PER_PATCH = 25;
const MOST_PER_COPIED_BYTE = 1.5;
/** Of a list of eight tiles, for an image of 64 x 80 pixels. */
const MOST_DILATION = 22_000;

for (const id of ['m4', 'm7', 'm55'] as const) {
  test(`on ${id}`, async (context) => {
    const costsOf = await costsOn(id);

    await context.test('twins on tiles cost what their pixels cost', async (t) => {
      for (const row of await compare(costsOf)) t.diagnostic(row);
    });

    await context.test('gates cost little', async (t) => {
      const costs = await gateCosts(costsOf);
      t.diagnostic(JSON.stringify(costs));
      const bytes = FRAME.height * FRAME.width * FRAME.channels;
      for (const kind of ['different', 'sumsOnly', 'same'] as const) {
        assert.ok(costs[kind]! <= MOST[id][kind] * bytes, `${kind}: ${costs[kind]! / bytes} per byte`);
      }
      for (const kind of ['gate', 'some', 'none'] as const) {
        assert.ok(costs[kind]! <= MOST_PER_PATCH * 320, `${kind}: ${costs[kind]! / 320} per patch`);
      }
      assert.ok(costs.dilated! <= MOST_DILATION, `${costs.dilated} for a dilation`);
      const copied = areaOf(someTiles(FRAME)) * FRAME.channels;
      assert.ok(costs.copied! <= MOST_PER_COPIED_BYTE * copied, `${costs.copied! / copied} per copied byte`);
    });
  });
}
