/**
 * Seconds of processor time that planning takes: MobileNetV2 as the command line plans it, and chains of convolutions of so many layers, with
 * tensors whole and by rows in the fewest bytes.
 *
 *   npm run bench:planning -- [layers ...]
 */
import { contractOf } from '../src/input/contract.ts';
import { lower } from '../src/lower/lower.ts';
import { seededRandom } from '../src/numbers/random.ts';
import { assumeQuantized } from '../src/quantize/assume.ts';
import { TFLITE_INT8 } from '../src/quantize/scheme.ts';
import { plansFor } from '../src/targets/cortex-m/assess.ts';
import { packedPlans } from '../src/targets/cortex-m/pack/plan-packed.ts';
import { loadCortexM } from '../test/cortex-m.ts';
import { chainOfConvolutions } from '../test/program/row-networks.ts';
import { INVERTED, invertedNetwork } from './inverted.ts';

const layers = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [100, 1000];
const profile = loadCortexM('qemu-mps2-an386');

for (const name of ['mobilenet-v2-0.35', 'mobilenet-v2-1.0'] as const) {
  const graph = invertedNetwork(INVERTED[name]);
  const program = lower(assumeQuantized(graph, TFLITE_INT8, 'rounded'));
  for (const optimise of ['balanced', 'ram'] as const) {
    measure(`${name}, ${optimise}`, () => {
      const plans = plansFor(program, contractOf(graph), profile, { library: 'builtin', seed: 0 });
      return plans.optimised(optimise).plan.arenaBytes;
    });
  }
}
for (const count of layers) {
  const chain = chainOfConvolutions(seededRandom(1), count);
  for (const form of ['overlap', 'rows'] as const) {
    measure(`chain of ${count}, ${form}`, () => {
      const core = { dsp: true, mve: false };
      return packedPlans(chain, { library: 'builtin', core, instructionsOf: () => 100 })[form]().plan
        .arenaBytes;
    });
  }
}

function measure(what: string, plan: () => number): void {
  const before = process.cpuUsage();
  const bytes = plan();
  const { user, system } = process.cpuUsage(before);
  process.stdout.write(`| ${what} | ${bytes} B | ${((user + system) / 1e6).toFixed(2)} s |\n`);
}
