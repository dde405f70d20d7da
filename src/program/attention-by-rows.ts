/**
 * Attention made ready to run row by row: queries are computed where they are used, and values lie with their tokens side by side, as
 * the kernel wants them, instead of being laid out anew for every block of queries.
 */
import { type AttentionS8, attentionRoom } from './kernels/attention-s8.ts';
import type { CopyS8 } from './kernels/copy-s8.ts';
import type { Step } from './kernels/index.ts';
import type { Program } from './program.ts';
import { ARENA, type ProgramTensor, type TensorId } from './types.ts';

/** Law: the same bytes. */
export function queriesLast(program: Program): Program {
  const tensors: ProgramTensor[] = [...program.tensors];
  const steps = [...program.steps];
  const ports = new Set([...program.inputs, ...program.outputs].map(({ tensor }) => tensor));
  const onlyReader = (id: TensorId, reader: Step): boolean =>
    !ports.has(id) &&
    tensors[id]!.storage.kind === 'arena' &&
    steps.every(({ inputs }) => !inputs.includes(id) || inputs === reader.inputs) &&
    reader.inputs.filter((input) => input === id).length === 1;
  const onlyWriter = (id: TensorId): Step | null => {
    const [writer, ...others] = steps.filter(({ outputs }) => outputs.includes(id));
    return writer === undefined || others.length > 0 ? null : writer;
  };
  for (const attention of program.steps) {
    if (attention.kernel !== 'attention_s8') continue;
    const [query, , value] = attention.inputs;
    const ofQueries = onlyWriter(query!);
    const isPlain = ofQueries?.inputs.every((id) => tensors[id]!.storage.kind !== 'state');
    if (ofQueries !== null && isPlain && onlyReader(query!, attention)) {
      steps.splice(steps.indexOf(ofQueries), 1);
      steps.splice(steps.indexOf(attention), 0, ofQueries);
    }
    const ofValues = onlyWriter(value!);
    const turned =
      ofValues !== null && onlyReader(value!, attention) ? valuesTurned(attention, tensors) : null;
    if (turned === null) continue;
    steps.splice(steps.indexOf(ofValues!) + 1, 0, turned.copy);
    steps[steps.indexOf(attention)] = turned.attention;
  }
  return { ...program, tensors, steps };
}

/** [tokens][channels] copied to [channels][tokens], and the attention that reads those; null where values do not lie so. */
function valuesTurned(
  step: AttentionS8,
  tensors: ProgramTensor[],
): { readonly copy: CopyS8; readonly attention: AttentionS8 } | null {
  const { params: p } = step;
  const [query, key, value, mask] = step.inputs;
  const { name, dtype, shape, quant } = tensors[value!]!;
  const tokens = p.columns;
  const channels = shape.reduce((product, size) => product * size, 1) / tokens;
  const copyParams = {
    ...{ size0: 1, size1: 1, size2: tokens, size3: channels },
    ...{ inOffset: 0, inStride0: 0, inStride1: 0, inStride2: channels, inStride3: 1 },
    ...{ outOffset: 0, outStride0: 0, outStride1: 0, outStride2: 1, outStride3: tokens },
  };
  const walk = [p.valueStart, p.valueBatch0, p.valueBatch1, p.valueChannel];
  const last =
    p.valueStart +
    (p.batch0 - 1) * p.valueBatch0 +
    (p.batch1 - 1) * p.valueBatch1 +
    (p.values - 1) * p.valueChannel;
  const isByToken = p.valueToken === channels && walk.every((stride) => stride >= 0) && last < channels;
  if (!isByToken || channels === 1) return null;
  const across = tensors.push({ name, dtype, shape: [channels, tokens], quant, storage: ARENA }) - 1;
  const params = {
    ...p,
    valueStart: p.valueStart * tokens,
    valueBatch0: p.valueBatch0 * tokens,
    valueBatch1: p.valueBatch1 * tokens,
    valueChannel: p.valueChannel * tokens,
    valueToken: 1,
  };
  return {
    copy: {
      kernel: 'copy_s8',
      name: step.name,
      inputs: [value!],
      constants: [],
      outputs: [across],
      params: copyParams,
    },
    attention: {
      ...step,
      inputs: [query!, key!, across, mask!],
      params: { ...params, room: attentionRoom(params) },
    },
  };
}
