/** A quantised graph made ready for a Cortex-M: its program, its plan, its firmware and the files of its bundle. */
import { startsSequence } from '../../data/types.ts';
import { loadKernels } from '../../engine/load.ts';
import type { Graph } from '../../graph/types.ts';
import { contractOf } from '../../input/contract.ts';
import { lower } from '../../lower/lower.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { sampleEncoder } from '../../program/sample.ts';
import { MANIFEST_FILE } from '../bundle-folder.ts';
import type { Assessment, AssessOptions, Bundle, BundleRequest, Description } from '../target.ts';
import { assessmentOf, plansFor } from './assess.ts';
import { emitBundle } from './bundle.ts';
import { describeBundle } from './describe.ts';
import { goldenVectors } from './golden.ts';
import { deviceInputOf, madeInputs } from './input/device-input.ts';
import { rawOf } from './input/raw.ts';
import { createLayout } from './layout.ts';
import { readNativeSources } from './native-sources.ts';

type Firmware = Assessment & {
  readonly bundle: (request: BundleRequest) => Bundle;
  readonly describe: (name: string, folder: string, files: number) => Description;
};

/** @throws TinymlError E_OP, E_QUANT as `lower` */
export function deploymentOf(graph: Graph, profile: CortexMProfile, options: AssessOptions): Firmware {
  const own = contractOf(graph);
  const { program, plan } = plansFor(lower(graph), own, profile, options)(options.optimise);
  const { library } = options;
  const bundle: Firmware['bundle'] = ({ name, source, samples, frames, input: contract }) => {
    const device = deviceInputOf(createLayout(program, plan, name).ports, contract);
    const encode = sampleEncoder(program);
    const recorded = samples.map((sample) => ({
      starts: startsSequence(sample),
      inputs: encode(sample.inputs),
      raw: sample.content === undefined ? null : rawOf(sample.content, device.inputs),
    }));
    const made = madeInputs(device, contract.preprocess, encode);
    const golden = goldenVectors(program, plan, recorded, frames, loadKernels(), made);
    const native = readNativeSources();
    const files = emitBundle({ program, plan, name, library, profile, source, golden, native, contract });
    return { files: new Map(files.map(({ path, contents }) => [path, contents])), main: MANIFEST_FILE };
  };
  return {
    ...assessmentOf({ program, contract: own, plan, profile, library }),
    bundle,
    describe: (prefix, folder, files) =>
      describeBundle({ program, plan, library, profile, contract: own }, prefix, folder, files),
  };
}
