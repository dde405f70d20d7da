/** What a model needs on microcontrollers, on one or on many, before anything is emitted. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import { contractOf, type InputContract } from '../../input/contract.ts';
import { lower } from '../../lower/lower.ts';
import {
  arenaRegion,
  compilerFlags,
  coreFeatures,
  flashBytes,
  missingRam,
  mostArenaBytes,
} from '../../profiles/cortex-m.ts';
import { listCortexM } from '../../profiles/load.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { streamedInputOf } from '../../program/caller-rows.ts';
import {
  FORMS,
  type Form,
  type FormBytes,
  type KernelLibrary,
  type Optimise,
} from '../../program/implementation.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import { once } from '../../program/once.ts';
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
import { fpuFailure, trainingFpuFailure } from './float-layers.ts';
import { dataInOf, deviceInputOfProgram, soundOf } from './input/data-in.ts';
import { inputScratchBytes } from './input/print-input.ts';
import { type PackedPlan, type PackedPlans, packedPlans } from './pack/plan-packed.ts';
import { sharingTables, type Training } from './training/training.ts';

type Judged = Pick<Subject, 'graph' | 'float'>;

/** @throws TinymlError E_OP, E_QUANT as `lower` */
export function assess(subject: Judged, profile: CortexMProfile, options: AssessOptions): ReturnType<Assess> {
  const contract = contractOf(subject.graph);
  const { optimised, inForm } = plansFor(lower(assumedInt8(subject)), contract, profile, options);
  const { library, optimise } = options;
  const assessed = (made: PlanWithReasons): Assessment =>
    assessmentOf({ ...made, contract, profile, library, training: null });
  return {
    ...assessed(optimised(optimise)),
    optimised: (choice) => assessed(optimised(choice)).planned,
    inForm: (form) => {
      const made = inForm(form);
      return made && assessed(made).planned;
    },
  };
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
    const budget = budgetOf(profile, options);
    const alike = `${dsp} ${mve} ${budget === undefined ? '' : `${profile.core} ${budget}`}`;
    const made =
      plans.get(alike) ?? plansFor(lowered, contract, profile, options).optimised(options.optimise);
    plans.set(alike, made);
    const { program, plan } = made;
    const code = compilerFlags(profile).join(' ');
    const measure: Planned['measure'] = (jobs) => {
      const measured =
        sizes.get(code) ?? buildSizes({ program, plan, profile, library, contract, training: null }, jobs);
      sizes.set(code, measured);
      return measured;
    };
    const { planned, misfit } = assessmentOf({
      ...made,
      contract,
      profile,
      library,
      training: null,
    });
    return { planned: { ...planned, measure }, misfit };
  });
}

/** What an arena may have of the limit of RAM: no more than there is. */
function budgetOf(profile: CortexMProfile, { maxRam }: Pick<AssessOptions, 'maxRam'>): number | undefined {
  return maxRam && Math.min(maxRam, mostArenaBytes(profile, LEAST_STACK_BYTES));
}

/** The model in integers: a float one as if it were quantised. */
function assumedInt8({ graph, float }: Judged): Graph {
  return float ? assumeQuantized(graph, TFLITE_INT8, 'rounded') : graph;
}

/** A plan, and what is whole at its peak. */
type PlanWithReasons = PackedPlan & Pick<Assessed, 'whole' | 'least'>;

type Plans = {
  readonly optimised: (optimise?: Optimise) => PlanWithReasons;
  /** Null where there is no such form. */
  readonly inForm: (form: Form) => PlanWithReasons | null;
};

/** Plans of a Program and of what makes its inputs: the Program with the loops that suit a choice, packed for the core. */
export function plansFor(
  program: Program,
  contract: InputContract,
  profile: CortexMProfile,
  asked: Pick<AssessOptions, 'library' | 'seed' | 'maxRam' | 'input' | 'restarts'>,
): Plans {
  const { library, seed, input, restarts } = asked;
  const core = coreFeatures(profile);
  const instructionsOf = instructionsOn(profile, library);
  /** Of the Program as it was lowered, or with its input from the caller. */
  const plansOf = (one: Program): PackedPlans & { readonly lowered: Program } => {
    const inputScratch = inputScratchBytes(deviceInputOfProgram(one, contract));
    const given = { library, core, seed, inputScratch, instructionsOf, budget: budgetOf(profile, asked) };
    return {
      ...packedPlans(one, { ...given, ...(restarts === undefined ? {} : { restarts }) }),
      lowered: one,
    };
  };
  const resident = once(() => plansOf(program));
  const streamed = once(() => {
    requireRows(contract);
    return plansOf(withStreamedInput(program));
  });
  const streamable = once(() => (refusalOf(streamed) === null ? streamed() : null));
  const withReasons = (lowered: Program, made: PackedPlan): PlanWithReasons => ({
    ...made,
    whole: () => wholeAtPeak(lowered, made),
    least,
  });
  const inForm = (form: Form): PlanWithReasons | null => {
    switch (form) {
      case 'whole':
      case 'overlap':
      case 'rows':
        return withReasons(program, resident()[form]());
      case 'rows-least':
        return smaller(resident());
      case 'streamed': {
        const plans = streamable();
        return plans && withReasons(plans.lowered, plans.rows());
      }
      case 'streamed-least': {
        const plans = streamable();
        return plans && smaller(plans);
      }
    }
  };
  /** By rows in fewer bytes than with packed steps. */
  function smaller({ lowered, rows, leastRows }: ReturnType<typeof plansOf>): PlanWithReasons | null {
    return leastRows().plan.arenaBytes < rows().plan.arenaBytes ? withReasons(lowered, leastRows()) : null;
  }
  function least(): FormBytes {
    return FORMS.flatMap((form) => {
      const made = inForm(form);
      if (made === null) return [];
      const { arenaBytes, peakStep } = made.plan;
      return [{ form, arenaBytes, peakLayer: made.program.steps[peakStep]?.name ?? null }];
    }).reduce((best, one) => (one.arenaBytes < best.arenaBytes ? one : best));
  }
  const own = input === 'streamed' ? streamed() : resident();
  return { optimised: (optimise) => withReasons(own.lowered, own.optimised(optimise)), inForm };
}

/** Why something cannot be; null where it can. */
function refusalOf(make: () => unknown): TinymlError | null {
  try {
    make();
    return null;
  } catch (error) {
    if (error instanceof TinymlError) return error;
    throw error;
  }
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
  /** The form of the fewest bytes; null where there is but one. */
  readonly least: (() => FormBytes) | null;
  readonly profile: CortexMProfile;
  readonly library: KernelLibrary;
};

export function assessmentOf(assessed: Assessed): Assessment {
  const { program, contract, plan, whole, least, profile, library, training } = assessed;
  const { id, name, core, arena, features } = profile;
  const device = deviceInputOfProgram(program, contract);
  const dataIn = dataInOf(device);
  const heldBytes = dataIn?.wholeSamples === true ? dataIn.sampleBytes : 0;
  return {
    planned: {
      program,
      plan,
      whole,
      least,
      library,
      machine: {
        id,
        name,
        core,
        fpu: features.fpu !== 'none',
        arena,
        ramBytes: arenaRegion(profile).bytes,
        leastStackBytes: LEAST_STACK_BYTES,
        flashBytes: flashBytes(profile),
      },
      dataIn,
      described: device.described || streamedInputOf(program) !== null,
      missingRamBytes: missingRam(profile, plan.arenaBytes, heldBytes + LEAST_STACK_BYTES),
      estimate: estimateOf(program, profile, library, soundOf(device)),
      measure: (jobs) => buildSizes(assessed, jobs),
    },
    misfit: (codeBytes) =>
      (training === null ? fpuFailure(program, profile) : trainingFpuFailure(profile)) ??
      fitFailure(program, plan, profile, listCortexM, {
        codeBytes,
        otherTableBytes:
          (dataIn?.tableBytes ?? 0) + tableBytes(...sharingTables(program, training)) - tableBytes(program),
        heldBytes,
        least,
      }),
  };
}
