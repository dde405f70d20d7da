/**
 * A network in the shape of mcunet-vww1 (80x80x3, inverted bottlenecks with depthwise windows of 3x3, 5x5 and 7x7, 11.6 M multiply-accumulates;
 * Lin et al., MCUNet, 2020) with seeded weights: instructions of one inference under QEMU, every output byte compared.
 *
 *   npm run bench:mcunet [-- --core m7]
 */
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/numbers/random.ts';
import type { NodeProto, TensorProto } from '../src/onnx/proto.ts';
import { coreFeatures } from '../src/profiles/cortex-m.ts';
import { stepMacs } from '../src/program/kernels/index.ts';
import { BOARDS, type BoardId } from '../src/targets/cortex-m/boards.ts';
import { packFor } from '../src/targets/cortex-m/pack/index.ts';
import { verifyBundle } from '../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../test/cortex-m.ts';
import { floats, node, valueInfo } from '../test/onnx/models.ts';
import { withBundles } from '../test/targets/folder.ts';
import { smallBundle } from '../test/targets/small-model.ts';
import { readModel, uniform, wholeWay } from '../test/whole-way/whole-way.ts';

const { values: flags } = parseArgs({ options: { core: { type: 'string', default: 'm7' } } });

/** A bottleneck: channels inside and behind it, taps and stride of its windows. Where it keeps its shape, its input is added. */
type Block = readonly [inside: number, out: number, taps: number, stride: number];

const BLOCKS: readonly Block[] = [
  [48, 16, 3, 2],
  [48, 16, 3, 1],
  [48, 16, 3, 1],
  [48, 24, 7, 2],
  [96, 24, 3, 1],
  [72, 24, 7, 1],
  [120, 40, 5, 1],
  [120, 40, 3, 1],
  [100, 40, 3, 1],
  [120, 48, 7, 2],
  [192, 48, 3, 1],
  [192, 48, 3, 1],
  [240, 96, 7, 1],
  [96, 160, 3, 2],
];

const random = seededRandom(1);
const nodes: NodeProto[] = [];
const initializer: TensorProto[] = [];

/** Seeded, of the size that keeps values of one magnitude from layer to layer. */
function weights(shape: readonly number[], inputs: number): string {
  const count = shape.reduce((product, size) => product * size, 1);
  const name = `w${initializer.length}`;
  const values = Array.from({ length: count }, () => (2 * random() - 1) * Math.sqrt(6 / inputs));
  initializer.push(floats(name, shape, values));
  return name;
}

function convolution(
  input: string,
  [inside, out]: readonly [number, number],
  taps: number,
  { stride = 1, group = 1, relu = true } = {},
): string {
  const name = `n${nodes.length}`;
  const inputs = taps * taps * (inside / group);
  const operands = [input, weights([out, inside / group, taps, taps], inputs), weights([out], 100)];
  const pad = (taps - 1) / 2;
  nodes.push(
    node('Conv', operands, [name], {
      kernel_shape: [taps, taps],
      strides: [stride, stride],
      pads: [pad, pad, pad, pad],
      group,
    }),
  );
  if (!relu) return name;
  nodes.push(node('Relu', [name], [`${name}_relu`]));
  return `${name}_relu`;
}

function depthwise(input: string, channels: number, taps: number, stride: number): string {
  return convolution(input, [channels, channels], taps, { stride, group: channels });
}

let value = convolution('x', [3, 16], 3, { stride: 2 });
value = convolution(depthwise(value, 16, 3, 1), [16, 8], 1, { relu: false });
let channels = 8;
for (const [inside, out, taps, stride] of BLOCKS) {
  const wide = convolution(value, [channels, inside], 1);
  const narrow = convolution(depthwise(wide, inside, taps, stride), [inside, out], 1, { relu: false });
  const keeps = stride === 1 && out === channels;
  if (keeps) nodes.push(node('Add', [value, narrow], [`${narrow}_sum`]));
  value = keeps ? `${narrow}_sum` : narrow;
  channels = out;
}
nodes.push(node('GlobalAveragePool', [value], ['pooled']));
nodes.push(node('Flatten', ['pooled'], ['flat']));
nodes.push(node('Gemm', ['flat', weights([channels, 2], channels), weights([2], 100)], ['y']));

const input = [valueInfo('x', [1, 3, 80, 80])];
const float = readModel({ node: nodes, initializer, input, output: [valueInfo('y', null)] });
const { program } = await wholeWay(float, uniform(float, 4));
const core = flags.core as BoardId;
const target = `qemu-${BOARDS[core].machine}`;
const packed = packFor(program, 'builtin', coreFeatures(loadCortexM(target)));
const macs = packed.steps.reduce((sum, step) => sum + stepMacs(step), 0);
const kernels = [...new Set(packed.steps.map(({ kernel }) => kernel))].sort();
await withBundles([smallBundle({ program: packed, name: 'mcunet', target })], async (folder) => {
  const { runs } = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: [core], layers: true });
  const { instructions, bitExact } = runs.at(-1)!;
  process.stdout.write(
    `${core}: ${macs} multiply-accumulates, ${instructions} instructions, ${bitExact ? 'every byte right' : 'WRONG'}; ${kernels.join(', ')}\n`,
  );
});
