/** Firmware of a training that is derived: its plans, and what is emitted of them. */
import type { InputContract } from '../../../input/contract.ts';
import { coreFeatures } from '../../../profiles/cortex-m.ts';
import type { CortexMProfile } from '../../../profiles/types.ts';
import type { EmitOptions } from '../../target.ts';
import { firmwareOf } from '../deployment.ts';
import { instructionsOn } from '../estimate/index.ts';
import { deviceInputOfProgram } from '../input/data-in.ts';
import { inputScratchBytes } from '../input/print-input.ts';
import { packedTraining, prefixPacker } from './prefix.ts';
import { plansOf, type Training } from './training.ts';

/** @param training without the plan that it gets here */
export function trainingFirmware(
  training: Omit<Training, 'plan'>,
  contract: InputContract,
  profile: CortexMProfile,
  { library, seed }: Pick<EmitOptions, 'library' | 'seed'>,
): ReturnType<typeof firmwareOf> {
  const core = coreFeatures(profile);
  const pack = prefixPacker({ library, core, seed }, instructionsOn(profile, library));
  const programs = packedTraining(training.programs, pack);
  const { inference: program } = programs;
  const plans = plansOf(programs, {
    ...{ library, seed, core, overlap: true },
    inputScratch: inputScratchBytes(deviceInputOfProgram(program, contract)),
  });
  const planned = {
    program,
    plan: plans.inference,
    contract,
    training: { ...training, programs, plan: plans.step },
  };
  return firmwareOf({ ...planned, whole: () => [], least: null }, profile, { library });
}
