/**
 * Limits that nothing will be measured for are refused before the work: what each takes, by command and limit. A limit that only
 * the work can tell is impossible (labels that data turn out not to have) fails after it, as `gates.ts` has it.
 */
import { TinymlError } from '../diagnostics/errors.ts';
import { missingForFirmware } from '../targets/index.ts';
import { GATE_NAMES, type GateName } from './gates.ts';
import { flagOption, listOption, numberOption, type Options, textOption } from './options.ts';

/** Why a limit cannot be held against anything, and what to do. */
type Refusal = { readonly why: string; readonly hint: string };

/** @returns null where it can */
type Condition = (options: Options) => Refusal | null;

const always: Condition = () => null;

const withEval: Condition = (options) =>
  textOption(options, 'eval') !== undefined
    ? null
    : {
        why: 'accuracy is measured on the data of --eval, and there are none',
        hint: 'give --eval with labels',
      };

const onClips: Condition = (options) =>
  textOption(options, 'video') === undefined
    ? null
    : { why: 'clips have no labels', hint: 'leave it out, or give --data with labels' };

/** Code is measured by building it. The arena is known without. */
const withCompiler: Condition = (options) => {
  const library = textOption(options, 'kernels') === 'cmsis-nn' ? 'cmsis-nn' : 'builtin';
  const missing = missingForFirmware(library);
  if (missing.length === 0) return null;
  return {
    why: `flash is measured by building firmware, and ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    hint: '"tinyml doctor" says how to get it; "tinyml plan" shows the bytes of the tables without',
  };
};

/** Firmware is measured on an emulated board. */
const onBoard: Condition = (options) => {
  if (textOption(options, 'results') !== undefined) {
    return {
      why: 'results of a board hold no such figure',
      hint: 'leave it out; --max-latency limits the time',
    };
  }
  return listOption(options, 'on').some((place) => place !== 'host')
    ? null
    : {
        why: 'nothing is measured on this machine, only compared',
        hint: 'run it on a board, too: --on qemu',
      };
};

/** Of all targets there is no one figure. */
const ofOne =
  (condition: Condition): Condition =>
  (options) =>
    textOption(options, 'target') === undefined
      ? {
          why: 'without --target every microcontroller has its own figures',
          hint: 'give --target, or hold all of them against limits with "tinyml fit"',
        }
      : condition(options);

const timed: Condition = (options) =>
  textOption(options, 'results') === undefined ? onBoard(options) : null;

const trained: Condition = (options) => {
  if (flagOption(options, 'plan')) {
    return { why: '--plan trains nothing', hint: 'leave one of them out' };
  }
  return withEval(options);
};

/** By command, all the limits that it takes. */
export const LIMITS: Readonly<Record<string, Readonly<Partial<Record<GateName, Condition>>>>> = {
  quantize: { 'min-accuracy': withEval, 'max-drop': withEval },
  train: { 'min-accuracy': trained },
  evaluate: { 'min-accuracy': onClips },
  diagnose: { 'min-accuracy': withEval, 'max-drop': withEval, 'min-sqnr': always },
  diff: { 'max-drop': always, 'max-growth': always },
  plan: { 'max-ram': always, 'max-flash': withCompiler, 'max-latency': always },
  deploy: { 'max-ram': always },
  split: { 'max-ram': always, 'max-drop': always },
  analyze: {
    'max-ram': ofOne(always),
    'max-flash': ofOne(withCompiler),
    'max-latency': ofOne(always),
  },
  fit: { 'max-ram': always, 'max-flash': withCompiler, 'max-latency': always },
  /** Flash of a candidate is that of its tables: nothing is built. */
  search: { 'max-ram': always, 'max-flash': always, 'max-latency': always },
  prune: {
    'min-accuracy': withEval,
    'max-drop': withEval,
    'max-ram': always,
    'max-flash': withCompiler,
    'max-instructions': always,
  },
  verify: { 'max-ram': onBoard, 'max-flash': onBoard, 'max-instructions': onBoard, 'max-latency': timed },
};

/** @throws TinymlError E_USAGE naming every limit that nothing will be measured for */
export function requireMeasurable(command: string, options: Options): void {
  const refused = GATE_NAMES.flatMap((gate) => {
    const given = numberOption(options, gate);
    const refusal = given === undefined ? null : (LIMITS[command]?.[gate]?.(options) ?? null);
    return refusal === null ? [] : [{ gate, given, ...refusal }];
  });
  const [first] = refused;
  if (first === undefined) return;
  throw new TinymlError('E_USAGE', `--${first.gate} cannot be checked: ${first.why}`, {
    at: refused.map(({ gate, given }) => `--${gate} ${given}`),
    hint: first.hint,
  });
}
