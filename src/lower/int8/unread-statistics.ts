/** Statistics of patches that no gate looks at are not computed. */
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';
import type { ProgramTensor, TensorId } from '../../program/types.ts';
import { withoutUnused } from '../../program/unused.ts';

/** What `patch_statistics_s8` gives of a patch. */
const STATISTICS = 4;

/**
 * Law: the same bytes, but for statistics that only weights of 0 read: their multipliers become 0, for which the kernel does
 * less.
 */
export function withoutUnreadStatistics(program: Program): Program {
  const tensors: ProgramTensor[] = [...program.tensors];
  const zeroed = (id: TensorId, unread: readonly number[]): TensorId => {
    const tensor = tensors[id]!;
    if (tensor.storage.kind !== 'constant') return id;
    const data = tensor.storage.data.map((value, i) => (unread.includes(i) ? 0 : value));
    return tensors.push({ ...tensor, storage: { kind: 'constant', data } }) - 1;
  };
  const steps = program.steps.map((step): Step => {
    const unread = step.kernel === 'patch_statistics_s8' ? unreadChannels(program, step.outputs[0]!) : [];
    if (unread.length === 0) return step;
    return { ...step, constants: step.constants.map((id) => zeroed(id, unread)) };
  });
  if (tensors.length === program.tensors.length) return program;
  return withoutUnused({ ...program, tensors, steps }).program;
}

/** The statistics that convolutions alone read, all of them with weights of 0. */
function unreadChannels({ outputs, steps, tensors }: Program, statistics: TensorId): readonly number[] {
  if (outputs.some(({ tensor }) => tensor === statistics)) return [];
  const readers = steps.filter(({ inputs }) => inputs.includes(statistics));
  const reads = (step: Step, channel: number): boolean => {
    if (step.kernel !== 'conv2d_s8' || step.params.inChannels !== STATISTICS || step.params.groups !== 1) {
      return true;
    }
    const { storage } = tensors[step.constants[0]!]!;
    return (
      storage.kind !== 'constant' ||
      storage.data.some((weight, i) => i % STATISTICS === channel && weight !== 0)
    );
  };
  const channels = Array.from({ length: STATISTICS }, (_, channel) => channel);
  return channels.filter((channel) => !readers.some((step) => reads(step, channel)));
}
