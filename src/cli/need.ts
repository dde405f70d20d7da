/** What a model needs on a device: its plan, and its firmware where that can be built here. */
import type { TinymlError } from '../diagnostics/errors.ts';
import { formatCount } from '../diagnostics/units.ts';
import { FORM_NAMES } from '../program/implementation.ts';
import { summariseProgram } from '../program/summary.ts';
import { type Need, tablesOf } from '../report/need.ts';
import type { Assessment, Deployment, Planned } from '../targets/target.ts';
import type { Context } from './context.ts';
import type { GateName, GateValues } from './gates.ts';

/** @param jobs compilers at once */
export async function needOf({ planned, misfit }: Assessment, jobs: number): Promise<Need> {
  const summary = summariseProgram(planned.program, planned.plan);
  const sizes = await planned.measure(jobs);
  const codeBytes = sizes === null ? null : sizes.flashBytes - tablesOf({ planned, summary });
  const refusal = misfit(codeBytes ?? 0);
  const certain = codeBytes !== null || refusal !== null || misfit(mostCode(planned)) === null;
  return { planned, summary, sizes, codeBytes, misfit: refusal, certain };
}

/**
 * The same, but firmware is built only where its code decides whether the model fits.
 * @param flashBytes a limit beside that of the device; null for none
 */
export async function needWhereItMatters(
  assessment: Assessment,
  flashBytes: number | null,
  jobs: number,
): Promise<Need> {
  const { planned, misfit } = assessment;
  const summary = summariseProgram(planned.program, planned.plan);
  const most = mostCode(planned);
  const sure = (code: number): boolean =>
    misfit(code) === null &&
    tablesOf({ planned, summary }) + code <= (flashBytes ?? Number.POSITIVE_INFINITY);
  if (sure(0) !== sure(most)) return needOf(assessment, jobs);
  return { planned, summary, sizes: null, codeBytes: null, misfit: misfit(0), certain: true };
}

/** More than the code of any firmware: all kernels together are smaller, and a step is a call. */
function mostCode({ program }: Planned): number {
  return 2 ** 17 + 256 * program.steps.length;
}

/**
 * Why a deployment does not fit, code counted, as `plan` says. Warns where code decides, and cannot be measured here.
 */
export async function misfitOf(
  { planned, misfit }: Pick<Deployment, 'planned' | 'misfit'>,
  context: Pick<Context, 'jobs' | 'warn'>,
): Promise<TinymlError | null> {
  if (planned === null) return misfit(0);
  const need = await needWhereItMatters({ planned, misfit }, null, context.jobs);
  warnIfUncertain(need, context);
  return need.misfit;
}

export function warnIfUncertain({ certain, planned }: Need, { warn }: Pick<Context, 'warn'>): void {
  if (certain) return;
  warn(
    'W_FIT',
    `whether it fits the flash of ${planned.machine.id} depends on its code, which was not measured`,
    {
      hint: 'install arm-none-eabi-gcc; "tinyml doctor" says how',
    },
  );
}

/** For limits that a model misses: the form of the fewest bytes, where that is of RAM. */
export function leastFormFor(planned: Planned | null): (gate: GateName) => string | null {
  return (gate) => (gate === 'max-ram' && planned !== null ? leastFormText(planned) : null);
}

/** Null where there is but one form. */
export function leastFormText({ least }: Planned): string | null {
  if (least === null) return null;
  const { form, arenaBytes, peakLayer } = least();
  const at = peakLayer === null ? '' : `, at "${peakLayer}"`;
  return `the form of the fewest bytes is ${FORM_NAMES[form]}: an arena of ${formatCount(arenaBytes)} B${at}`;
}

/** What limits are held against: all of the range of the time must lie below --max-latency. */
export function measuredOf({ planned, sizes }: Need): GateValues {
  const { estimate, plan } = planned;
  return {
    // The arena is the RAM of a model and of its front end; what code takes in flash, only a build tells.
    'max-ram': sizes?.ramBytes ?? plan.arenaBytes,
    ...(sizes === null ? {} : { 'max-flash': sizes.flashBytes }),
    ...(estimate === null ? {} : { 'max-latency': estimate.ms.high }),
  };
}
