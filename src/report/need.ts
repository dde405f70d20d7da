/** What a model needs on a device, beside what there is: for text, pages and programs. */
import type { Paint } from '../diagnostics/color.ts';
import type { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount, formatMs, formatPercent } from '../diagnostics/units.ts';
import { streamedInputOf } from '../program/caller-rows.ts';
import type { Program } from '../program/program.ts';
import type { ProgramSummary } from '../program/summary.ts';
import { dataInFields, type Estimate, type Planned, type TimeRange } from '../targets/target.ts';
import type { Cell } from './table.ts';
import { toned } from './tones.ts';

export type Need = {
  readonly planned: Planned;
  readonly summary: ProgramSummary;
  /** Of the smallest firmware with the model; null where it was not built. */
  readonly sizes: Sizes | null;
  /** Code alone, without any tables. */
  readonly codeBytes: number | null;
  /** Why it does not fit; null where it does, as far as that is known. */
  readonly misfit: TinymlError | null;
  /** False where code decides whether it fits, and was not measured. */
  readonly certain: boolean;
};

type Sizes = { readonly ramBytes: number; readonly flashBytes: number };

/** RAM that limits are held against: that of the firmware, else the arena, which is nearly all of it. */
export function ramOf({ sizes, planned }: Need): number {
  return sizes?.ramBytes ?? planned.plan.arenaBytes;
}

/** Flash of the firmware, else of the tables alone. */
export function flashOf(need: Need): number {
  return need.sizes?.flashBytes ?? tablesOf(need);
}

/** All constant tables: of the network, and of what makes its inputs. */
export function tablesOf({ planned, summary }: Pick<Need, 'planned' | 'summary'>): number {
  return summary.weightsBytes + (planned.dataIn?.tableBytes ?? 0);
}

function memoryJson({ planned: { program, plan, whole, machine }, summary, sizes, codeBytes }: Need) {
  return {
    memory: {
      arenaBytes: plan.arenaBytes,
      stateBytes: plan.stateBytes,
      livePeakBytes: plan.livePeakBytes,
      scratchBytes: plan.scratchBytes,
      ramBytes: sizes?.ramBytes ?? null,
      limitBytes: machine.ramBytes,
      peakLayer: summary.steps[plan.peakStep]?.name ?? null,
      wholeAtPeak: whole(),
      inputRows: inputRows(program),
    },
    flash: {
      bytes: sizes?.flashBytes ?? null,
      weightsBytes: summary.weightsBytes,
      codeBytes,
      limitBytes: machine.flashBytes,
    },
  };
}

/** Of an input that comes in rows; null where it lies in the arena. */
function inputRows(program: Program) {
  const streamed = streamedInputOf(program);
  if (streamed === null) return null;
  const { rows, rowElements, mostRows } = streamed;
  return { rows, rowBytes: rowElements, mostRows };
}

function inputRowsFields(program: Program): readonly (readonly [name: string, value: string])[] {
  const streamed = inputRows(program);
  if (streamed === null) return [];
  const { rows, rowBytes, mostRows } = streamed;
  const text = `${formatCount(rows)} rows of ${formatCount(rowBytes)} B from the application, at most ${formatCount(mostRows)} at a time; never whole in RAM`;
  return [['input', text]];
}

export function needJson(need: Need) {
  const { planned, misfit } = need;
  return {
    target: planned.machine.id,
    kernels: planned.library,
    fits: misfit === null ? need.certain || null : false,
    ...memoryJson(need),
    input: inputJson(planned),
    float: floatJson(need),
    estimate: estimateJson(planned.estimate),
  };
}

/** What of memory, flash and instructions is not the network's. */
function inputJson({ dataIn, estimate }: Planned) {
  if (dataIn === null) return null;
  return { ...dataIn, instructions: dataIn.from === 'pcm16' ? (estimate?.input ?? null) : null };
}

/** What computes in float32, and what that takes; null where nothing does. Instructions are predicted, or not known. */
function floatJson({ summary: { float }, planned: { estimate } }: Need) {
  if (float === null) return null;
  const { steps, ...part } = float;
  const instructions = steps.reduce((sum, step) => sum + (estimate?.steps[step] ?? 0), 0);
  return { ...part, instructions: estimate === null ? null : instructions };
}

/** Instructions are predicted, milliseconds a range around what is most likely. */
function estimateJson(estimate: Estimate | null) {
  if (estimate === null) return null;
  const { instructions, clockHz, ms } = estimate;
  return { instructions, clockHz, ms };
}

/** Said wherever a float model is judged. */
export const ASSUMED = [
  'model',
  'in float: judged as if it were quantised, whose accuracy only "tinyml quantize" tells',
] as const;

/** Lines of `plan` and `analyze` about one target. */
export function needFields(need: Need): readonly (readonly [name: string, value: string])[] {
  const { planned, summary, sizes, codeBytes } = need;
  const { plan, machine, library, estimate } = planned;
  const limit = (bytes: number): string => ` of ${formatBytes(bytes)}`;
  return [
    ['target', `${machine.id} (${machine.core}), ${library} kernels`],
    ['arena', `${formatCount(plan.arenaBytes)} B${limit(machine.ramBytes)} in ${machine.arena}`],
    [
      'live peak',
      `${formatCount(plan.livePeakBytes)} B at one step, scratch ${formatCount(plan.scratchBytes)} B`,
    ],
    ...inputRowsFields(planned.program),
    ...wholeFields(planned),
    ...(plan.stateBytes === 0
      ? []
      : [['state', `${formatCount(plan.stateBytes)} B of it, kept from call to call`] as const]),
    ['tables', `${formatCount(tablesOf(need))} B${limit(machine.flashBytes)} flash`],
    ...inputFields(planned),
    [
      'firmware',
      sizes === null || codeBytes === null
        ? `not built ("tinyml plan" does where "tinyml doctor" finds arm-none-eabi-gcc${library === 'cmsis-nn' ? ' and CMSIS-NN' : ''})`
        : `flash ${formatCount(sizes.flashBytes)} B (code ${formatCount(codeBytes)}), RAM ${formatCount(sizes.ramBytes)} B without stack`,
    ],
    ['MACs', formatCount(summary.macs)],
    ...floatFields(need),
    ...estimateFields(estimate),
  ];
}

/** Most tensors that are named. */
const NAMED = 3;

/** What is whole at the peak, and why: the largest. */
function wholeFields({ whole: find }: Planned): readonly (readonly [string, string])[] {
  const whole = find();
  const named = whole
    .slice(0, NAMED)
    .map(({ tensor, bytes, why }) => `${tensor} (${formatCount(bytes)} B: ${why})`);
  const others = whole.length - named.length;
  return whole.length === 0
    ? []
    : [['at the peak', [...named, ...(others > 0 ? [`${others} more`] : [])].join(', ')]];
}

/** What of these is not the network's; that nothing which makes inputs is counted, where it is not known what that is. */
export function inputFields(planned: Planned): readonly (readonly [string, string])[] {
  const { dataIn, estimate } = planned;
  const counted = dataIn === null ? [] : dataInFields(dataIn, estimate?.input ?? null);
  const undescribed = undescribedFields(planned);
  if (counted.length === 0 || undescribed.length === 0) return [...counted, ...undescribed];
  // Of a model that says nothing of its data, only names of classes are counted.
  return undescribed.map(([name, text]) => [
    name,
    `names of classes, ${counted.map(([, part]) => part).join(', ')}; what makes inputs is ${text}`,
  ]);
}

/** The second of these alone. */
export function undescribedFields({ described }: Planned): readonly (readonly [string, string])[] {
  return described
    ? []
    : [['data in', 'not counted: the model says nothing of preprocessing (--preprocess does)']];
}

/** Samples that every device needs room for, for tables of many; none where they are not held whole. */
export function sampleFields({ dataIn }: Planned): readonly (readonly [string, string])[] {
  if (dataIn === null || !dataIn.wholeSamples) return [];
  const text = `${formatCount(dataIn.sampleBytes)} B beside the arena: the front end takes them whole`;
  return [['samples', text]];
}

function floatFields(need: Need): readonly (readonly [string, string])[] {
  const float = floatJson(need);
  if (float === null) return [];
  const { layers, macs, weightsBytes, liveBytes, instructions } = float;
  const all = need.planned.estimate?.instructions ?? 0;
  const counted =
    instructions === null
      ? ''
      : `, ${formatCount(instructions)} instructions (${formatPercent(instructions / Math.max(all, 1))})`;
  return [
    [
      'in float32',
      `${layers.join(', ')}: ${formatCount(macs)} MACs${counted}, tables ${formatCount(weightsBytes)} B, at most ${formatCount(liveBytes)} B live`,
    ],
  ];
}

/** In a word. */
export function verdictOf({ misfit, certain }: Need): string {
  if (misfit !== null) return 'NO';
  return certain ? 'yes' : 'but for its code, which was not measured';
}

/** The verdict, in colour. */
export function fitsField(need: Need, paint: Paint): readonly [name: string, value: Cell] {
  const tone = need.misfit !== null ? 'bad' : need.certain ? 'good' : 'fair';
  return ['fits', toned(paint, tone, verdictOf(need))];
}

export function estimateFields(estimate: Estimate | null): readonly (readonly [string, string])[] {
  if (estimate === null) return [['time', 'not known: nothing was measured of one of the kernels']];
  const { instructions, clockHz, ms } = estimate;
  return [
    ['instructions', `${formatCount(instructions)} (predicted)`],
    ['time', `${rangeText(ms)} at ${clockText(clockHz)} (estimate)`],
  ];
}

/** `12.3 .. 18.1 ms, most likely 14.0 ms` */
export function rangeText({ low, likely, high }: TimeRange): string {
  return `${formatMs(low).replace(/ ms$/, '')} .. ${formatMs(high)}, most likely ${formatMs(likely)}`;
}

/** `12.3 .. 18.1 ms`, for tables. */
export function shortRange({ low, high }: TimeRange): string {
  return `${formatMs(low).replace(/ ms$/, '')} .. ${formatMs(high)}`;
}

function clockText(hertz: number): string {
  return `${Number((hertz / 1e6).toFixed(1))} MHz`;
}
