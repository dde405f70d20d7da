import type { Paint } from '../diagnostics/color.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { FORMS, OPTIMISE } from '../program/implementation.ts';
import { CHOICE_COLUMNS, choiceOf, choiceRows } from '../report/choices.ts';
import { FORM_COLUMNS, formFacts, formRows } from '../report/forms.ts';
import { KEPT_COLUMNS, keptRows, layerCosts, layerTable } from '../report/layer-rows.ts';
import { ASSUMED, fitsField, type Need, needFields, needJson } from '../report/need.ts';
import { planPage } from '../report/plan-page.ts';
import { removedFields, removedJson } from '../report/removed-channels.ts';
import { fieldList, textTable } from '../report/table.ts';
import { toneColumn } from '../report/tones.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, gateFailure, limitsMet } from './gates.ts';
import { assessOptions, type OpenedSubject, openSubject } from './model.ts';
import { leastFormFor, measuredOf, needOf, warnIfUncertain } from './need.ts';
import { type Options, requiredText, textOption } from './options.ts';
import { emitterOf } from './target.ts';

/** `tinyml plan m.int8.onnx --target P`: arena, lifetimes, peak layer, flash, time, and whether it fits; of a float model once it is quantised. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const { assess } = await emitterOf(options);
  if (assess === null) throw plansItself(requiredText(options, 'target'));
  const subject = await openSubject(args[0]!, options, context);
  const asked = assessOptions(options, context);
  const assessment = assess(subject, asked);
  const need = await needOf(assessment, context.jobs);
  const choices = OPTIMISE.map((optimise) => choiceOf(optimise, assessment.optimised(optimise)));
  const forms = formFacts(FORMS, assessment.inForm);
  const { planned, summary, misfit } = need;
  const { program, plan } = planned;
  warnIfUncertain(need, context);
  const gates = evaluateGates(options, measuredOf(need));
  const { target, kernels, fits, memory, flash, input, float, estimate } = needJson(need);
  const json = {
    target,
    kernels,
    ...(subject.float ? { assumed: true } : {}),
    fits,
    optimise: { chosen: asked.optimise, choices },
    forms,
    macs: summary.macs,
    deadChannels: removedJson(subject.removed),
    memory,
    flash,
    input,
    float,
    estimate,
    kept: summary.kept,
    layers: layerCosts(summary.steps, plan.peakStep, planned.estimate),
    placements: plan.placements.map(({ tensor, ...placement }) => ({
      tensor: program.tensors[tensor]!.name,
      ...placement,
    })),
    scratch: plan.scratch,
    gates,
  };
  const report = textOption(options, 'report');
  if (report !== undefined)
    context.outputs.file(report, planPage(need, forms, subject.removed, limitsMet(gates)));
  return {
    json,
    text: () =>
      [
        tablesText(need, context.paint),
        ...choicesText(choiceRows(choices, asked.optimise)),
        textTable(FORM_COLUMNS, formRows(forms)),
        totalsText(need, subject, context.paint),
      ].join('\n\n'),
    brief: () => totalsText(need, subject, context.paint),
    failure: misfit ?? gateFailure(gates, undefined, leastFormFor(planned)),
  };
}

function tablesText({ planned, summary }: Need, paint: Paint): string {
  const { steps, kept } = summary;
  const { peakStep } = planned.plan;
  const { columns, rows } = layerTable(layerCosts(steps, peakStep, planned.estimate));
  const marked = toneColumn(rows, columns.length - 1, (i) => (i === peakStep ? 'fair' : null), paint);
  return [
    textTable(columns, marked),
    ...(kept.length === 0 ? [] : [textTable(KEPT_COLUMNS, keptRows(kept))]),
  ].join('\n\n');
}

function choicesText(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.length === 0 ? [] : [textTable(CHOICE_COLUMNS, rows)];
}

function totalsText(need: Need, { float, removed }: OpenedSubject, paint: Paint): string {
  return fieldList([
    ...(float ? [ASSUMED] : []),
    ...needFields(need),
    ...removedFields(removed),
    fitsField(need, paint),
  ]);
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
