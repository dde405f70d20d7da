/** Random layers on emulated cores: as many short networks on one input as make one bundle, so that little is compiled. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/numbers/random.ts';
import type { NodeProto, TensorProto } from '../../src/onnx/proto.ts';
import { coreFeatures } from '../../src/profiles/cortex-m.ts';
import type { Program } from '../../src/program/program.ts';
import { BOARDS } from '../../src/targets/cortex-m/boards.ts';
import { estimateOf } from '../../src/targets/cortex-m/estimate/index.ts';
import { packFor } from '../../src/targets/cortex-m/pack/index.ts';
import { findTool } from '../../src/targets/cortex-m/toolchain.ts';
import { verifyBundle } from '../../src/targets/cortex-m/verify.ts';
import { loadCortexM } from '../cortex-m.ts';
import { pick } from '../native/random.ts';
import { floats, node, valueInfo } from '../onnx/models.ts';
import { readModel, uniform, wholeWay } from '../whole-way/whole-way.ts';
import { withBundles } from './folder.ts';
import { smallBundle } from './small-model.ts';

const skip =
  findTool('arm-none-eabi-gcc') === null || findTool('qemu-system-arm') === null
    ? 'arm-none-eabi-gcc or qemu-system-arm is not installed'
    : false;

/** `networks` chains of random layers, all on one input. */
async function randomNetworks(seed: number, networks: number): Promise<Program> {
  const random = seededRandom(seed);
  const upTo = (limit: number): number => Math.floor(random() * limit);
  const nodes: NodeProto[] = [];
  const initializer: TensorProto[] = [];
  const weights = (shape: readonly number[]): string => {
    const count = shape.reduce((product, size) => product * size, 1);
    const name = `w${initializer.length}`;
    initializer.push(
      floats(
        name,
        shape,
        Array.from({ length: count }, () => 2 * random() - 1),
      ),
    );
    return name;
  };

  /** A window of a random shape, with the height and width behind it; null where it does not fit. */
  const randomWindow = (size: readonly number[], dilated: boolean) => {
    // Half of them are of the usual kind, which cores have kernels of their own for.
    const usual = upTo(2) === 0 ? { kernel: pick(random, [1, 3, 3, 5]), stride: 1 + upTo(2) } : null;
    const kernel_shape = size.map(() => usual?.kernel ?? 1 + upTo(4));
    const strides = size.map(() => usual?.stride ?? 1 + upTo(3));
    const dilations = size.map(() => (dilated && usual === null ? 1 + upTo(2) : 1));
    const pads = [...kernel_shape, ...kernel_shape].map((k) => upTo(k));
    const out = size.map((length, i) => {
      const padded = length + pads[i]! + pads[i + 2]!;
      return Math.floor((padded - dilations[i]! * (kernel_shape[i]! - 1) - 1) / strides[i]!) + 1;
    });
    const attributes = { kernel_shape, strides, pads, ...(dilated ? { dilations } : {}) };
    return out.every((length) => length >= 1) ? { attributes, kernel: kernel_shape, out } : null;
  };

  const outputs = Array.from({ length: networks }, (_, network) => {
    let [value, channels, size] = ['x', 4, [9, 8]];
    for (let layer = 0; layer < 4; layer++) {
      const out = `n${network}_${layer}`;
      const kind = upTo(6);
      if (kind <= 1) {
        const window = randomWindow(size, true);
        if (window === null) continue;
        const group = kind === 0 ? channels : [1, 2][upTo(2)]!;
        const to = group * (1 + upTo(3)) * (channels % 2 === 0 || group === 1 ? 1 : channels);
        if (channels % group !== 0) continue;
        const inputs = [value, weights([to, channels / group, ...window.kernel]), weights([to])];
        nodes.push(node('Conv', inputs, [out], { ...window.attributes, group }));
        [channels, size] = [to, window.out];
      } else if (kind === 2) {
        const window = randomWindow(size, false);
        if (window === null) continue;
        nodes.push(node(random() < 0.5 ? 'MaxPool' : 'AveragePool', [value], [out], window.attributes));
        size = window.out;
      } else if (kind === 3) {
        nodes.push(node(['Relu', 'Sigmoid', 'HardSwish', 'LeakyRelu'][upTo(4)]!, [value], [out]));
      } else if (kind === 4) {
        nodes.push(node('Sigmoid', [value], [`${out}_gate`]));
        nodes.push(node(['Add', 'Mul'][upTo(2)]!, [value, `${out}_gate`], [out]));
      } else {
        nodes.push(node('Concat', [value, value], [out], { axis: 1 }));
        channels *= 2;
      }
      value = out;
    }
    const features = channels * size[0]! * size[1]!;
    nodes.push(node('Flatten', [value], [`flat${network}`]));
    nodes.push(node('Gemm', [`flat${network}`, weights([features, 5]), weights([5])], [`y${network}`]));
    return valueInfo(`y${network}`, null);
  });
  const input = [valueInfo('x', [1, 4, 9, 8])];
  const float = readModel({ node: nodes, initializer, input, output: outputs });
  return (await wholeWay(float, uniform(float, 4))).program;
}

/** Of the bundle of each core. */
const NETWORKS = 80;

const BOARD_CORES = ['m3', 'm4', 'm55'] as const;

test(`${NETWORKS} random networks, packed for a core, compute the golden bytes of every layer on it and here`, {
  skip,
}, async () => {
  const program = await randomNetworks(4, NETWORKS);
  for (const core of BOARD_CORES) {
    const target = `qemu-${BOARDS[core].machine}`;
    const profile = loadCortexM(target);
    const packed = packFor(program, 'builtin', coreFeatures(profile));
    const kernels = new Set(packed.steps.map(({ kernel }) => kernel));
    assert.ok(packed.steps.length > 3 * NETWORKS && kernels.size >= 9, [...kernels].join());
    await withBundles([smallBundle({ program: packed, name: 'various', target })], async (folder) => {
      const { runs } = await verifyBundle(folder!, { on: ['host', 'qemu'], cores: [core], layers: true });
      assert.deepEqual(
        runs.map(({ bitExact, vectors }) => [bitExact, vectors.filter((one) => !one.bitExact)]),
        runs.map(() => [true, []]),
      );
      const { instructions } = runs.at(-1)!;
      const predicted = estimateOf(packed, profile, 'builtin')!.instructions;
      const error = Math.abs(predicted / instructions! - 1);
      assert.ok(error < 0.1, `${core}: ${instructions} instructions, predicted ${predicted}`);
    });
  }
});
