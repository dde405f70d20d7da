/** Which implementation of the kernels runs, and on what: a Program means the same with any, its scratch memory depends on it. */

/** Ours, or Arm's CMSIS-NN behind the same calls. */
export type KernelLibrary = 'builtin' | 'cmsis-nn';

/** Instruction sets that kernels make use of. */
export type CoreFeatures = { readonly dsp: boolean; readonly mve: boolean };

/**
 * What is to be little of, where layers may be computed in more than one way, with the same bytes. `balanced`: the fastest kernels, in loops
 * where those lower the arena. `speed`: the fastest kernels, and no loops. `ram`: kernels without scratch where scratch makes the
 * peak. `flash`: the smallest tables and code.
 */
export const OPTIMISE = ['balanced', 'speed', 'ram', 'flash'] as const;

export type Optimise = (typeof OPTIMISE)[number];

/** Where the input of a model lies: in the arena, whole, or with its caller, who gives it row by row. */
export const INPUT_FORMS = ['resident', 'streamed'] as const;
export type InputForm = (typeof INPUT_FORMS)[number];

/**
 * How activations lie. `whole`: each in memory of its own. `overlap`: an output begins where its input has been read. `rows`: of images there are but
 * the rows that are still to be read, inputs of the model apart; `streamed`: those of its input, too. These in the fewest bytes that packed kernels
 * allow; `rows-least` and `streamed-least` in the fewest of all, where those are fewer.
 */
export const FORMS = ['whole', 'overlap', 'rows', 'rows-least', 'streamed', 'streamed-least'] as const;

export type Form = (typeof FORMS)[number];

/** For people. */
export const FORM_NAMES: Readonly<Record<Form, string>> = {
  whole: 'whole tensors',
  overlap: 'outputs over inputs',
  rows: 'rows, input resident',
  'rows-least': 'rows, input resident, fewest bytes',
  streamed: 'rows, input streamed',
  'streamed-least': 'rows, input streamed, fewest bytes',
};

/** A form, its arena, and the layer at its peak; null where that lies before all layers. */
export type FormBytes = {
  readonly form: Form;
  readonly arenaBytes: number;
  readonly peakLayer: string | null;
};
