/** Codes of weights made of other codes, without the numbers between. Law: the same bytes. */
import type { Step } from '../../program/kernels/index.ts';
import type { Program } from '../../program/program.ts';

/**
 * Puts recode_weights_s8 in the place of weights that are decoded from codes with a scale for each row, only to get codes with one scale for all, as
 * the gradient of an input needs them: four bytes a weight are never there.
 * @param first the first step that it looks at
 */
export function recodeWeights(program: Program, first: number): Program {
  const { steps } = program;
  const made = new Map<Step, Step | null>();
  for (const decode of steps.slice(first)) {
    if (decode.kernel !== 'decode_weights_s8') continue;
    const readers = steps.filter(({ inputs }) => inputs.includes(decode.outputs[0]!));
    const [encode] = readers;
    if (readers.length !== 1 || encode!.kernel !== 'encode_weights_s8' || encode!.params.rows !== 1) continue;
    made.set(decode, {
      kernel: 'recode_weights_s8',
      name: encode!.name,
      inputs: decode.inputs,
      constants: [],
      outputs: encode!.outputs,
      params: { ...decode.params, limit: encode!.params.limit },
    });
    made.set(encode!, null);
  }
  return {
    ...program,
    steps: steps.flatMap((step) => {
      const one = made.get(step);
      return one === undefined ? [step] : one === null ? [] : [one];
    }),
  };
}
