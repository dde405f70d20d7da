/** A graph made ready for a Cortex-M: its program, its plan, its firmware and the files of its bundle. */
import { startsSequence } from '../../data/types.ts';
import { loadKernels } from '../../engine/load.ts';
import type { Graph } from '../../graph/types.ts';
import { contractOf, type InputContract } from '../../input/contract.ts';
import { lower } from '../../lower/lower.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import type { FormBytes } from '../../program/implementation.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
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
import { trainingGolden } from './training/golden.ts';
import type { Training } from './training/training.ts';

type Firmware = Assessment & {
  readonly bundle: (request: BundleRequest) => Bundle;
  readonly describe: (name: string, folder: string, files: number) => Description;
};

/** Of a quantised graph. @throws TinymlError E_OP, E_QUANT as `lower` */
export function deploymentOf(graph: Graph, profile: CortexMProfile, options: AssessOptions): Firmware {
  const contract = contractOf(graph);
  const made = plansFor(lower(graph), contract, profile, options).optimised(options.optimise);
  return firmwareOf({ ...made, contract, training: null }, profile, options);
}

/** What is emitted: what the device infers with, and what trains it. */
type Planned = {
  readonly program: Program;
  readonly plan: MemoryPlan;
  readonly whole: Assessment['planned']['whole'];
  /** The form of the fewest bytes; null where there is but one. */
  readonly least: (() => FormBytes) | null;
  readonly contract: InputContract;
  readonly training: Training | null;
};

export function firmwareOf(
  { program, plan, whole, least, contract: own, training }: Planned,
  profile: CortexMProfile,
  { library }: Pick<AssessOptions, 'library'>,
): Firmware {
  const bundle: Firmware['bundle'] = ({ name, source, samples, frames, input }) => {
    const contract = { ...input, labels: own.labels };
    const device = deviceInputOf(createLayout(program, plan, name).ports, contract);
    const encode = sampleEncoder(program);
    const recorded = samples.map((sample) => ({
      starts: startsSequence(sample),
      inputs: encode(sample.inputs),
      raw: sample.content === undefined ? null : rawOf(sample.content, device.inputs),
    }));
    const made = madeInputs(device, contract.preprocess, encode);
    const kernels = loadKernels();
    // Nothing that serves changes the state of training: each vector begins with it as it is.
    const golden = goldenVectors(program, plan, recorded, training === null ? frames : 1, kernels, made);
    const labels = samples.map(({ label }) => label);
    const trained = training === null ? null : trainingGolden(training, plan, golden, labels, kernels);
    const native = readNativeSources();
    const files = emitBundle({
      ...{ program, plan, name, library, profile, source, golden, native, contract },
      ...{ training, trained },
    });
    return { files: new Map(files.map(({ path, contents }) => [path, contents])), main: MANIFEST_FILE };
  };
  return {
    ...assessmentOf({ program, contract: own, plan, whole, least, profile, library, training }),
    bundle,
    describe: (prefix, folder, files) =>
      describeBundle({ program, plan, library, profile, contract: own, training }, prefix, folder, files),
  };
}
