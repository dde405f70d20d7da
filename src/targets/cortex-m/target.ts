/** Firmware for Cortex-M: models become C, which is planned, written and verified here. */
import { startsSequence } from '../../data/types.ts';
import type { Graph } from '../../graph/types.ts';
import { lower } from '../../lower/int8/lower.ts';
import { arenaRegion, coreFeatures, flashBytes } from '../../profiles/cortex-m.ts';
import { listCortexM } from '../../profiles/load.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { planMemory } from '../../program/plan.ts';
import { sampleEncoder } from '../../program/sample.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { Bundle, BundleRequest, Deployment, EmitOptions, Target } from '../target.ts';
import { buildSizes } from './build-sizes.ts';
import { emitBundle } from './bundle.ts';
import { fitFailure } from './fit.ts';
import { foreignFiles } from './foreign-files.ts';
import { goldenVectors } from './golden.ts';
import { MANIFEST_FILE } from './manifest.ts';
import { readNativeSources } from './native-sources.ts';
import { supportOf } from './support.ts';
import { verifyPlaces } from './verify-places.ts';

export function cortexM(profile: CortexMProfile): Target {
  return {
    id: profile.id,
    scheme: TFLITE_INT8,
    forms: (graph) => graph,
    support: (subject) => supportOf(subject, profile.id),
    emit: { prepare: (graph, options) => prepare(graph, options, profile), foreignFiles },
    verify: verifyPlaces,
  };
}

function prepare(graph: Graph, { library, seed }: EmitOptions, profile: CortexMProfile): Deployment {
  const program = lower(graph);
  const plan = planMemory(program, { library, core: coreFeatures(profile), seed });
  const { id, name, core, arena } = profile;
  const bundle = ({ name, source, samples, frames }: BundleRequest): Bundle => {
    const encode = sampleEncoder(program);
    const recorded = samples.map((sample) => ({
      starts: startsSequence(sample),
      inputs: encode(sample.inputs),
    }));
    const golden = goldenVectors(program, plan, recorded, frames);
    const native = readNativeSources();
    const files = emitBundle({ program, plan, name, library, profile, source, golden, native });
    return { files: new Map(files.map(({ path, contents }) => [path, contents])), main: MANIFEST_FILE };
  };
  return {
    program,
    plan,
    library,
    machine: { id, name, core, arena, ramBytes: arenaRegion(profile).bytes, flashBytes: flashBytes(profile) },
    misfit: (codeBytes) => fitFailure(program, plan, profile, listCortexM(), codeBytes),
    measure: (jobs) => buildSizes({ program, plan, profile, library }, jobs),
    bundle,
  };
}
