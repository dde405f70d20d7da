import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { summariseProgram } from '../program/summary.ts';
import { KEPT_COLUMNS, keptRows, STEP_COLUMNS, stepRows } from '../report/layer-rows.ts';
import { planPage } from '../report/plan-page.ts';
import { fieldList, textTable } from '../report/table.ts';
import { toneColumn, toned } from '../report/tones.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, gateFailure } from './gates.ts';
import { prepareDeployment } from './model.ts';
import { type Options, requiredText, textOption } from './options.ts';
import { emitterOf } from './target.ts';

/** `tinyml plan m.int8.onnx --target P`: arena, lifetimes, peak layer, flash, and whether it fits. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const emitter = emitterOf(options);
  if (emitter.memory === null) throw plansItself(requiredText(options, 'target'));
  const { deployment } = await prepareDeployment(args[0]!, emitter, options, context);
  const { planned } = deployment;
  if (planned === null) throw plansItself(requiredText(options, 'target'));
  const { program, plan, machine, library } = planned;
  const { macs, weightsBytes, steps, kept } = summariseProgram(program, plan);
  const sizes = await planned.measure(context.jobs);
  const codeBytes = sizes === null ? null : sizes.flashBytes - weightsBytes;
  const misfit = deployment.misfit(codeBytes ?? 0);
  const gates = evaluateGates(options, {
    // The arena is the RAM of a model; what its code takes in flash, only a build tells.
    'max-ram': sizes?.ramBytes ?? plan.arenaBytes,
    ...(sizes === null ? {} : { 'max-flash': sizes.flashBytes }),
  });
  const json = {
    target: machine.id,
    kernels: library,
    fits: misfit === null,
    macs,
    memory: {
      arenaBytes: plan.arenaBytes,
      stateBytes: plan.stateBytes,
      lowerBoundBytes: plan.lowerBoundBytes,
      scratchBytes: plan.scratchBytes,
      ramBytes: sizes?.ramBytes ?? null,
      limitBytes: machine.ramBytes,
      peakLayer: steps[plan.peakStep]?.name ?? null,
    },
    flash: {
      bytes: sizes?.flashBytes ?? null,
      weightsBytes,
      codeBytes,
      limitBytes: machine.flashBytes,
    },
    kept,
    layers: steps,
    placements: plan.placements.map(({ tensor, ...placement }) => ({
      tensor: program.tensors[tensor]!.name,
      ...placement,
    })),
    scratch: plan.scratch,
    gates,
  };
  const report = textOption(options, 'report');
  if (report !== undefined)
    context.outputs.file(report, planPage(program, plan, machine, { sizes, fits: misfit === null }));
  const totals = (): string => {
    const limit = (bytes: number): string => ` of ${formatBytes(bytes)}`;
    return fieldList([
      ['target', `${machine.id} (${machine.core}), ${library} kernels`],
      ['arena', `${formatCount(plan.arenaBytes)} B${limit(machine.ramBytes)} in ${machine.arena}`],
      [
        'lower bound',
        `${formatCount(plan.lowerBoundBytes)} B live at once, scratch ${formatCount(plan.scratchBytes)} B`,
      ],
      ...(plan.stateBytes === 0
        ? []
        : [['state', `${formatCount(plan.stateBytes)} B of it, kept from call to call`] as const]),
      ['tables', `${formatCount(weightsBytes)} B${limit(machine.flashBytes)} flash`],
      [
        'firmware',
        sizes === null || codeBytes === null
          ? `not built: it needs arm-none-eabi-gcc${library === 'cmsis-nn' ? ' and CMSIS_NN_DIR' : ''}; "tinyml doctor" says what is missing`
          : `flash ${formatCount(sizes.flashBytes)} B (code ${formatCount(codeBytes)}), RAM ${formatCount(sizes.ramBytes)} B without stack`,
      ],
      ['MACs', formatCount(macs)],
      ['fits', toned(context.paint, misfit === null ? 'good' : 'bad', misfit === null ? 'yes' : 'NO')],
    ]);
  };
  const text = (): string => {
    const layers = textTable(
      STEP_COLUMNS,
      toneColumn(
        stepRows(steps, plan.peakStep),
        STEP_COLUMNS.length - 1,
        (i) => (i === plan.peakStep ? 'fair' : null),
        context.paint,
      ),
    );
    const state = kept.length === 0 ? '' : `\n\n${textTable(KEPT_COLUMNS, keptRows(kept))}`;
    return `${layers}${state}\n\n${totals()}`;
  };
  return { json, text, brief: totals, failure: misfit ?? gateFailure(gates) };
}

function plansItself(target: string): TinymlError {
  return new TinymlError(
    'E_PROFILE',
    `${target} plans the memory of a model itself, when it builds its engine`,
    {
      at: `--target ${target}`,
      hint: '"tinyml deploy" says whether the memory of the module is enough',
    },
  );
}
