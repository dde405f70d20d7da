/** Whether a planned Program fits a device, which layer decides it, and what would help. */
import { TinymlError } from '../../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../../diagnostics/units.ts';
import { arenaRegion, flashBytes, missingRam } from '../../profiles/cortex-m.ts';
import type { CortexMProfile } from '../../profiles/types.ts';
import { FORM_NAMES, type FormBytes } from '../../program/implementation.ts';
import type { MemoryPlan } from '../../program/memory-plan.ts';
import type { Program } from '../../program/program.ts';
import { type KeptTensor, type StepSummary, summariseProgram } from '../../program/summary.ts';
import { tableBytes } from '../../program/tables.ts';

/** Whatever an application does, an inference has a stack: boards show 300 to 1,000 bytes of it. */
export const LEAST_STACK_BYTES = 512;

type Fit = {
  /** Bytes of the RAM region that takes the arena, and of all flash. */
  readonly ramLimitBytes: number;
  readonly flashLimitBytes: number;
  readonly fitsRam: boolean;
  /** Constant tables and code, as far as its size is known. */
  readonly fitsFlash: boolean;
};

/** What a device needs room for beside the Program and its arena, in bytes. */
type Beside = {
  /** Size of the code, measured; 0 where it is not known. */
  readonly codeBytes: number;
  /** Of what makes the inputs, names of classes, and of a training what inference has no use for. */
  readonly otherTableBytes: number;
  /** Samples that the application holds whole, in RAM. */
  readonly heldBytes: number;
  /** The form of the fewest bytes; null where there is but one. */
  readonly least: (() => FormBytes) | null;
};

function fitOf(neededArena: number, heldBytes: number, neededFlash: number, profile: CortexMProfile): Fit {
  const ramLimitBytes = arenaRegion(profile).bytes;
  const flashLimitBytes = flashBytes(profile);
  return {
    ramLimitBytes,
    flashLimitBytes,
    fitsRam: missingRam(profile, neededArena, heldBytes + LEAST_STACK_BYTES) === 0,
    fitsFlash: neededFlash <= flashLimitBytes,
  };
}

/**
 * The error for a model that does not fit, or null.
 * @param candidates profiles to look through for one on which it would fit
 */
export function fitFailure(
  program: Program,
  plan: MemoryPlan,
  profile: CortexMProfile,
  candidates: () => readonly CortexMProfile[],
  { codeBytes, otherTableBytes, heldBytes, least }: Beside,
): TinymlError | null {
  const neededFlash = tableBytes(program) + otherTableBytes + codeBytes;
  const fit = fitOf(plan.arenaBytes, heldBytes, neededFlash, profile);
  if (fit.fitsRam && fit.fitsFlash) return null;
  const { steps, kept } = summariseProgram(program, plan);
  const shortages = [
    fit.fitsRam
      ? null
      : `the arena needs ${formatCount(plan.arenaBytes)} bytes${heldBytes === 0 ? '' : `, the samples beside it ${formatCount(heldBytes)}`}, a stack ${formatCount(LEAST_STACK_BYTES)}, and ${profile.id} has ${formatCount(fit.ramLimitBytes)} in ${profile.arena}`,
    fit.fitsFlash
      ? null
      : `the constant tables ${codeBytes === 0 ? 'need' : 'and the code need'} ${formatCount(neededFlash)} bytes and ${profile.id} has ${formatCount(fit.flashLimitBytes)} of flash`,
  ].filter((text) => text !== null);
  const arenaFits = plan.arenaBytes <= fit.ramLimitBytes;
  const peak = plan.peakStep < 0 ? inputText(plan) : stepText(steps[plan.peakStep]);
  const heaviest = [...steps].sort((a, b) => b.weightsBytes - a.weightsBytes)[0];
  const at = [
    ...(fit.fitsRam || heldBytes === 0
      ? []
      : [`samples of one input: ${formatBytes(heldBytes)}, which the front end takes whole`]),
    ...(arenaFits || peak === null
      ? []
      : [peak, ...(kept.length === 0 ? [] : [keptText(kept, plan.stateBytes)])]),
    ...(fit.fitsFlash || heaviest === undefined
      ? []
      : [`layer "${heaviest.name}" (${heaviest.kernel}): ${formatBytes(heaviest.weightsBytes)} of tables`]),
  ];
  const larger = candidates().filter((other) => {
    const there = fitOf(plan.arenaBytes, heldBytes, neededFlash, other);
    return other.qemu === undefined && there.fitsRam && there.fitsFlash;
  });
  const advice = [
    fit.fitsRam || heldBytes === 0
      ? null
      : 'without peak, range and reference a front end takes samples frame by frame, and they need not be held',
    fit.fitsRam || arenaFits
      ? null
      : plan.peakStep < 0
        ? 'a shorter FFT or fewer bands, or settings without range and reference, need less'
        : `a smaller input or fewer channels at that layer lowers the peak${least === null ? '' : `; ${leastText(least(), plan.arenaBytes, fit.ramLimitBytes - LEAST_STACK_BYTES - heldBytes)}`}`,
    fit.fitsRam || !isGated(program)
      ? null
      : `gates keep results of the layers behind them: "tinyml gate --target ${profile.id}" ends where what is kept fits, and "tinyml gate --plan" says what each choice takes`,
    fit.fitsFlash ? null : 'fewer or narrower layers shrink the tables',
    larger.length === 0 ? null : `it fits on ${nameSome(larger)}`,
  ].filter((text) => text !== null);
  return new TinymlError('E_MEMORY', `the model does not fit: ${shortages.join('; ')}`, {
    at,
    hint: advice.join('; '),
  });
}

/** The form of the fewest bytes, and how to get it. @param most bytes that an arena may have */
function leastText({ form, arenaBytes }: FormBytes, now: number, most: number): string {
  if (arenaBytes >= now) return 'no other form takes less';
  const taken = `the form of the fewest bytes is ${FORM_NAMES[form]}: ${formatCount(arenaBytes)}`;
  if (arenaBytes > most) return `${taken}, too many as well`;
  const options = `${form === 'streamed' || form === 'streamed-least' ? '--input streamed ' : ''}--max-ram ${most}`;
  return `${taken}; ${options} takes what fits`;
}

function stepText(peak: StepSummary | undefined): string | null {
  if (peak === undefined) return null;
  const { name, kernel, liveBytes, outputShape } = peak;
  return `layer "${name}" (${kernel}): ${formatBytes(liveBytes)} live, ${outputShape.join('x')} out`;
}

/** Of a plan whose peak lies before the first layer. */
function inputText({ livePeakBytes, scratch }: MemoryPlan): string {
  const bytes = scratch.find(({ step }) => step === -1)?.bytes ?? 0;
  return `front end: ${formatBytes(livePeakBytes)} live, ${formatBytes(bytes)} of them it works in`;
}

/** What stays from call to call, and the largest of it. */
function keptText(kept: readonly KeptTensor[], stateBytes: number): string {
  const [largest] = [...kept].sort((a, b) => b.bytes - a.bytes);
  return `kept from call to call: ${formatBytes(stateBytes)}, "${largest!.name}" ${formatBytes(largest!.bytes)} of it`;
}

function isGated({ steps }: Program): boolean {
  return steps.some(({ kernel }) => kernel === 'gate_patches_s8');
}

/** The three with the least RAM: the nearest upgrades. */
function nameSome(profiles: readonly CortexMProfile[]): string {
  return [...profiles]
    .sort((a, b) => arenaRegion(a).bytes - arenaRegion(b).bytes)
    .slice(0, 3)
    .map(({ id }) => id)
    .join(', ');
}
