/**
 * Programs for one core: steps whose constants are laid out as its instructions take them. Law: the same bytes. A packed step is a step like any other:
 * it has a meaning and a portable body, so that firmware packed for one core computes the same on every other, only slower.
 */
import { TinymlError } from '../../../diagnostics/errors.ts';
import type { CoreFeatures, KernelLibrary } from '../../../program/implementation.ts';
import type { Step } from '../../../program/kernels/index.ts';
import type { Program } from '../../../program/program.ts';
import type { TensorId } from '../../../program/types.ts';
import { withoutUnused } from '../../../program/unused.ts';
import { packedForCmsisNn } from './cmsis-nn.ts';
import { packedForDsp } from './dsp.ts';
import { packedForMve } from './mve.ts';
import type { ConstantsOf, Packed } from './packed.ts';
import { packedForScalar } from './scalar.ts';

/** The Program as it runs best on a core with the kernels of a library. @param keep steps that stay as they are */
export function packFor(
  program: Program,
  library: KernelLibrary,
  core: CoreFeatures,
  keep: ReadonlySet<number> = new Set(),
): Program {
  const packedOf = packingFor(library, core);
  if (packedOf === null) return program;
  const tensors = [...program.tensors];
  const constantsOf = constantsIn(program);
  const steps = program.steps.map((step, index) => {
    const packed = keep.has(index) ? null : packedOf(step, constantsOf);
    if (packed === null) return step;
    const constants = Object.entries(packed.constants()).map(([name, data]): TensorId => {
      const dtype = data instanceof Int8Array ? 'int8' : 'int32';
      const storage = { kind: 'constant', data } as const;
      const tensor = {
        name: `${step.name}_${name}`,
        dtype,
        shape: [data.length],
        quant: null,
        storage,
      } as const;
      return tensors.push(tensor) - 1;
    });
    return { ...packed.step, constants } as Step;
  });
  if (steps.every((step, i) => step === program.steps[i])) return program;
  return withoutUnused({ ...program, tensors, steps }).program;
}

/** A step as `packFor` has it, on tensors of the Program that it was made of; its constants are left as they are. */
export function packedStep(step: Step, program: Program, library: KernelLibrary, core: CoreFeatures): Step {
  return packingFor(library, core)?.(step, constantsIn(program))?.step ?? step;
}

function constantsIn({ tensors }: Program): ConstantsOf {
  return ({ constants }) =>
    constants.map((id) => {
      const { storage } = tensors[id]!;
      if (storage.kind !== 'constant') throw new TinymlError('E_INTERNAL', `tensor ${id} is no constant`);
      return storage.data;
    });
}

function packingFor(
  library: KernelLibrary,
  { dsp, mve }: CoreFeatures,
): ((step: Step, constantsOf: ConstantsOf) => Packed | null) | null {
  switch (library) {
    case 'builtin':
      return mve ? packedForMve : dsp ? packedForDsp : packedForScalar;
    case 'cmsis-nn':
      return mve ? packedForCmsisNn : null;
  }
}
