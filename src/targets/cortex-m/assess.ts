/** What a model needs on microcontrollers, on one or on many, before anything is emitted. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import { contractOf, type InputContract } from '../../input/contract.ts';
import { lower } from '../../lower/lower.ts';
import { arenaRegion, compilerFlags, coreFeatures, flashBytes, missingRam } from '../../profiles/cortex-m.ts';
import { listCortexM } from '../../profiles/load.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { streamedInputOf } from '../../program/caller-rows.ts';
import type { KernelLibrary, Optimise } from '../../program/implementation.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { withStreamedInput } from '../../program/streamed-input.ts';
import { tableBytes } from '../../program/tables.ts';
import { wholeAtPeak } from '../../program/whole-tensors.ts';
import { assumeQuantized } from '../../quantize/assume.ts';
import { TFLITE_INT8 } from '../../quantize/scheme.ts';
import type { Assess, Assessment, AssessOptions, Planned, Subject } from '../target.ts';
import { buildSizes } from './build-sizes.ts';
import { estimateOf, instructionsOn } from './estimate/index.ts';
import { fitFailure, LEAST_STACK_BYTES } from './fit.ts';
import { fpuFailure } from './float-layers.ts';
import { dataInOf, deviceInputOfProgram, soundOf } from './input/data-in.ts';
import { inputScratchBytes } from './input/print-input.ts';
import { type PackedPlan, packedPlans } from './pack/plan-packed.ts';
import { sharingTables, type Training } from './training/training.ts';

type Judged = Pick<Subject, 'graph' | 'float'>;

/** @throws TinymlError E_OP, E_QUANT as `lower` */
export function assess(subject: Judged, profile: CortexMProfile, options: AssessOptions): ReturnType<Assess> {
  const contract = contractOf(subject.graph);
  const plansOf = plansFor(lower(assumedInt8(subject)), contract, profile, options);
  const { library, optimise } = options;
  const assessed = (choice?: Optimise): Assessment =>
    assessmentOf({ ...plansOf(choice), contract, profile, library, training: null });
  return { ...assessed(optimise), optimised: (choice) => assessed(choice).planned };
}

/**
 * The same on many: the model is lowered once, planned once for all whose plans are alike, and built once for all that have the
 * same code.
 */
export function survey(
  subject: Judged,
  profiles: readonly CortexMProfile[],
  options: AssessOptions,
): readonly Assessment[] {
  const lowered = lower(assumedInt8(subject));
  const contract = contractOf(subject.graph);
  const { library } = options;
  const plans = new Map<string, PlanWithReasons>();
  const sizes = new Map<string, ReturnType<Planned['measure']>>();
  return profiles.map((profile) => {
    const { dsp, mve } = coreFeatures(profile);
    // What is cheapest within a budget depends on the core.
    const alike = `${dsp} ${mve} ${options.maxRam === undefined ? '' : profile.core}`;
    const made = plans.get(alike) ?? plansFor(lowered, contract, profile, options)(options.optimise);
    plans.set(alike, made);
    const { program, plan, whole } = made;
    const code = compilerFlags(profile).join(' ');
    const measure: Planned['measure'] = (jobs) => {
      const measured =
        sizes.get(code) ?? buildSizes({ program, plan, profile, library, contract, training: null }, jobs);
      sizes.set(code, measured);
      return measured;
    };
    const { planned, misfit } = assessmentOf({
      program,
      contract,
      plan,
      whole,
      profile,
      library,
      training: null,
    });
    return { planned: { ...planned, measure }, misfit };
  });
}

/** The model in integers: a float one as if it were quantised. */
function assumedInt8({ graph, float }: Judged): Graph {
  return float ? assumeQuantized(graph, TFLITE_INT8, 'rounded') : graph;
}

/** A plan, and what is whole at its peak. */
type PlanWithReasons = PackedPlan & Pick<Planned, 'whole'>;

/** Plans of a Program and of what makes its inputs: the Program with the loops that suit a choice, packed for the core. */
export function plansFor(
  program: Program,
  contract: InputContract,
  profile: CortexMProfile,
  { input, ...asked }: Pick<AssessOptions, 'library' | 'seed' | 'maxRam' | 'input' | 'restarts'>,
): (optimise?: Optimise) => PlanWithReasons {
  if (input === 'streamed') {
    requireRows(contract);
    return plansFor(withStreamedInput(program), contract, profile, asked);
  }
  const { library, seed, maxRam, restarts } = asked;
  const inputScratch = inputScratchBytes(deviceInputOfProgram(program, contract));
  const core = coreFeatures(profile);
  const instructionsOf = instructionsOn(profile, library);
  const plansOf = packedPlans(program, {
    ...{ library, core, seed, inputScratch, instructionsOf, budget: maxRam },
    ...(restarts === undefined ? {} : { restarts }),
  });
  return (optimise) => {
    const made = plansOf(optimise);
    return { ...made, whole: wholeAtPeak(program, made) };
  };
}

/** @throws TinymlError E_USAGE where a front end makes the input, which it does whole */
function requireRows({ preprocess }: InputContract): void {
  if (preprocess === null || preprocess.sound === null) return;
  throw new TinymlError(
    'E_USAGE',
    'the input of the model cannot come row by row: a front end makes it of sound, whole',
    {
      at: '--input streamed',
      hint: 'leave --input out: the input then lies in the arena, whole',
    },
  );
}

type Assessed = {
  /** What trains it; null where nothing does. */
  readonly training: Training | null;
  readonly program: Program;
  readonly contract: InputContract;
  readonly plan: MemoryPlan;
  readonly whole: Planned['whole'];
  readonly profile: CortexMProfile;
  readonly library: KernelLibrary;
};

export function assessmentOf(assessed: Assessed): Assessment {
  const { program, contract, plan, whole, profile, library, training } = assessed;
  const { id, name, core, arena, features } = profile;
  const device = deviceInputOfProgram(program, contract);
  const dataIn = dataInOf(device);
  const heldBytes = dataIn?.wholeSamples === true ? dataIn.sampleBytes : 0;
  return {
    planned: {
      program,
      plan,
      whole,
      library,
      machine: {
        id,
        name,
        core,
        fpu: features.fpu !== 'none',
        arena,
        ramBytes: arenaRegion(profile).bytes,
        flashBytes: flashBytes(profile),
      },
      dataIn,
      described: device.described || streamedInputOf(program) !== null,
      missingRamBytes: missingRam(profile, plan.arenaBytes, heldBytes + LEAST_STACK_BYTES),
      estimate: estimateOf(program, profile, library, soundOf(device)),
      measure: (jobs) => buildSizes(assessed, jobs),
    },
    misfit: (codeBytes) =>
      fpuFailure(program, profile) ??
      fitFailure(program, plan, profile, listCortexM, {
        codeBytes,
        otherTableBytes:
          (dataIn?.tableBytes ?? 0) + tableBytes(...sharingTables(program, training)) - tableBytes(program),
        heldBytes,
      }),
  };
}
