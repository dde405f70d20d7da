import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { listCortexM } from '../profiles/load.ts';
import { summariseProgram } from '../program/summary.ts';
import { STEP_COLUMNS, stepRows } from '../report/layer-rows.ts';
import { planPage } from '../report/plan-page.ts';
import { fieldList, textTable } from '../report/table.ts';
import { buildSizes } from '../targets/cortex-m/build-sizes.ts';
import { fitFailure, fitOn } from '../targets/cortex-m/fit.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { type Options, textOption } from './options.ts';
import { targetProgram } from './target-program.ts';

/** `tinyml plan m.int8.onnx --target P`: arena, lifetimes, peak layer, flash, and whether it fits. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const target = await targetProgram(args[0]!, options, context);
  const { program, plan, profile, library } = target;
  const { macs, weightsBytes, steps } = summariseProgram(program, plan);
  const sizes = await buildSizes(target, context.jobs);
  const codeBytes = sizes === null ? null : sizes.flashBytes - weightsBytes;
  const fit = fitOn(program, plan, profile, codeBytes ?? 0);
  const gates = evaluateGates(options, {
    // The arena is the RAM of a model; what its code takes in flash, only a build tells.
    'max-ram': sizes?.ramBytes ?? plan.arenaBytes,
    ...(sizes === null ? {} : { 'max-flash': sizes.flashBytes }),
  });
  const json = {
    target: profile.id,
    kernels: library,
    fits: fit.fitsRam && fit.fitsFlash,
    macs,
    memory: {
      arenaBytes: plan.arenaBytes,
      stateBytes: plan.stateBytes,
      lowerBoundBytes: plan.lowerBoundBytes,
      scratchBytes: plan.scratchBytes,
      ramBytes: sizes?.ramBytes ?? null,
      limitBytes: fit.ramLimitBytes,
      peakLayer: steps[plan.peakStep]?.name ?? null,
    },
    flash: {
      bytes: sizes?.flashBytes ?? null,
      weightsBytes,
      codeBytes,
      limitBytes: fit.flashLimitBytes,
    },
    layers: steps,
    placements: plan.placements.map(({ tensor, ...placement }) => ({
      tensor: program.tensors[tensor]!.name,
      ...placement,
    })),
    scratch: plan.scratch,
    gates,
  };
  const report = textOption(options, 'report');
  if (report !== undefined) context.outputs.file(report, planPage(program, plan, profile));
  const text = (): string => {
    const layers = textTable(STEP_COLUMNS, stepRows(steps, plan.peakStep));
    const limit = (bytes: number): string => ` of ${formatBytes(bytes)}`;
    const totals = fieldList([
      ['target', `${profile.id} (${profile.core}), ${library} kernels`],
      ['arena', `${formatCount(plan.arenaBytes)} B${limit(fit.ramLimitBytes)} in ${profile.arena}`],
      [
        'lower bound',
        `${formatCount(plan.lowerBoundBytes)} B live at once, scratch ${formatCount(plan.scratchBytes)} B`,
      ],
      ...(plan.stateBytes === 0
        ? []
        : [['state', `${formatCount(plan.stateBytes)} B of it, kept from call to call`] as const]),
      ['tables', `${formatCount(weightsBytes)} B${limit(fit.flashLimitBytes)} flash`],
      [
        'firmware',
        sizes === null || codeBytes === null
          ? `not built: it needs arm-none-eabi-gcc${library === 'cmsis-nn' ? ' and CMSIS_NN_DIR' : ''}`
          : `flash ${formatCount(sizes.flashBytes)} B (code ${formatCount(codeBytes)}), RAM ${formatCount(sizes.ramBytes)} B without stack`,
      ],
      ['MACs', formatCount(macs)],
      ['fits', fit.fitsRam && fit.fitsFlash ? 'yes' : 'NO'],
    ]);
    return `${layers}\n\n${totals}`;
  };
  const failure = fitFailure(program, plan, profile, listCortexM(), codeBytes ?? 0) ?? gateFailure(gates);
  return { json, text, failure };
}
