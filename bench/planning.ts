/**
 * Seconds of processor time that planning takes: MobileNetV2 as the command line plans it, and chains of convolutions and residual networks of so
 * many layers, in every form.
 *
 *   npm run bench:planning -- [layers ...]
 */
import { TinymlError } from '../src/diagnostics/errors.ts';
import { contractOf } from '../src/input/contract.ts';
import { lower } from '../src/lower/lower.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { once } from '../src/program/once.ts';
import { withStreamedInput } from '../src/program/streamed-input.ts';
import { assumeQuantized } from '../src/quantize/assume.ts';
import { TFLITE_INT8 } from '../src/quantize/scheme.ts';
import { plansFor } from '../src/targets/cortex-m/assess.ts';
import { type PackedPlan, packedPlans } from '../src/targets/cortex-m/pack/plan-packed.ts';
import { loadCortexM } from '../test/cortex-m.ts';
import { chainOfConvolutions, residualNetwork } from '../test/program/row-networks.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';

const OPTIONS = {
  library: 'builtin',
  core: { dsp: true, mve: false },
  instructionsOf: () => 100,
} as const;
const layers = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000];
const profile = loadCortexM('qemu-mps2-an386');

for (const name of ['mobilenet-v2-0.35', 'mobilenet-v2-1.0'] as const) {
  const graph = invertedNetwork(INVERTED[name]);
  const program = lower(assumeQuantized(graph, TFLITE_INT8, 'rounded'));
  for (const optimise of ['balanced', 'ram'] as const) {
    measure(`${name}, ${optimise}`, () => {
      const plans = plansFor(program, contractOf(graph), profile, { library: 'builtin', seed: 0 });
      return plans.optimised(optimise);
    });
  }
}
const NETWORKS = { chain: chainOfConvolutions, residual: residualNetwork } as const;
for (const count of layers) {
  for (const [name, network] of Object.entries(NETWORKS)) {
    const program = network(seededRandom(1), count);
    const plans = packedPlans(program, OPTIONS);
    const streamed = once(() => packedPlans(withStreamedInput(program), OPTIONS));
    measure(`${name} of ${count}, whole`, () => plans.whole());
    measure(`${name} of ${count}, overlap`, () => plans.overlap());
    measure(`${name} of ${count}, rows`, () => plans.rows());
    measure(`${name} of ${count}, streamed`, () => streamed().rows());
    measure(`${name} of ${count}, balanced`, () => plans.optimised('balanced'));
  }
}

function measure(what: string, make: () => PackedPlan): void {
  const before = process.cpuUsage();
  const bytes = planned(make);
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`| ${what} | ${bytes} | ${((user + system) / 1e6).toFixed(2)} s |\n`);
}

/** Bytes of an arena, or why there is none. */
function planned(make: () => PackedPlan): string {
  try {
    return `${make().plan.arenaBytes} B`;
  } catch (error) {
    if (error instanceof TinymlError && error.code === 'E_USAGE') return error.message;
    throw error;
  }
}
