import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { checkOperators, unsupportedError } from '../passes/resolve.ts';
import { REFUSED_COLUMNS, refusedJson, refusedRows, TARGET_COLUMNS, targetRow } from '../report/analysis.ts';
import { analysisPage } from '../report/analysis-page.ts';
import { inspectGraph } from '../report/inspection.ts';
import { layerCosts, layerTable } from '../report/layer-rows.ts';
import {
  ASSUMED,
  fitsField,
  type Need,
  needFields,
  needJson,
  sampleFields,
  undescribedFields,
  verdictOf,
} from '../report/need.ts';
import { removedFields, removedJson } from '../report/removed-channels.ts';
import { supportJson, supportText } from '../report/support.ts';
import { fieldList, textTable } from '../report/table.ts';
import { survey, surveySupport } from '../targets/index.ts';
import type { Assessment, Subject, Support, Target } from '../targets/target.ts';
import type { CommandResult, Context } from './context.ts';
import { evaluateGates, gateFailure, limitsMet } from './gates.ts';
import { assessOptions, dimensions, type OpenedSubject, openModel, subjectOf } from './model.ts';
import { leastFormFor, measuredOf, needOf, needWhereItMatters } from './need.ts';
import { type Options, textOption } from './options.ts';
import { plansItself, targetOf } from './target.ts';

/** `tinyml analyze m.onnx [--target P]`: what a model, in float or quantised, needs on one device or on all, and all that cannot run there. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const target = await targetOf(options);
  const model = await openModel(args[0]!, options, context);
  const unknown = checkOperators(model, { dims: dimensions(options) });
  if (unknown.length > 0) {
    const rows = unknown.map(({ node, op, reason }) => [node, op, reason, CUT]);
    return {
      json: {
        unsupported: unknown.map(({ node, op, reason }) => ({ node, op, why: reason, wayOut: CUT })),
      },
      text: () => textTable(REFUSED_COLUMNS, rows),
      failure: unsupportedError(unknown),
    };
  }
  const subject = subjectOf(model, options, context);
  const support = target === null ? await surveySupport(subject) : target.support(subject);
  const facts = factsOf(subject);
  const unsupported = refusedJson(support.nodes);
  if (unsupported.length > 0) {
    return {
      json: { ...facts.json, unsupported },
      text: () =>
        [textTable(REFUSED_COLUMNS, refusedRows(support.nodes)), fieldList(facts.fields)].join('\n\n'),
      failure: support.failure,
    };
  }
  const assessments = await assess(subject, target, options, context);
  if (assessments === null) return unplanned(support, facts, target!, options);
  const judge = target === null ? (one: Assessment) => needWhereItMatters(one, null, context.jobs) : null;
  const needs = await Promise.all(assessments.map(judge ?? ((one) => needOf(one, context.jobs))));
  return analysed(args[0]!, needs, facts, target !== null, options, context);
}

const CUT =
  'cut it off the model, or export it in other operators: docs/operators.md lists those that are imported';

type Facts = { readonly json: object; readonly fields: readonly (readonly [name: string, value: string])[] };

function factsOf({ graph, float, removed }: OpenedSubject): Facts {
  const { macs, parameters, parameterBytes } = inspectGraph(graph);
  return {
    json: { assumed: float, macs, parameters, deadChannels: removedJson(removed) },
    fields: [
      ...(float ? [ASSUMED] : []),
      ['parameters', `${formatCount(parameters)} (${formatBytes(parameterBytes)} as stored)`],
      ...removedFields(removed),
    ],
  };
}

/** @returns null for a target that plans memory itself, or takes the model file */
async function assess(
  subject: Subject,
  target: Target | null,
  options: Options,
  context: Context,
): Promise<readonly Assessment[] | null> {
  const asked = assessOptions(options, context);
  if (target === null) return survey(subject, asked);
  const judge = target.emit?.assess ?? null;
  return judge === null ? null : [judge(subject, asked)];
}

/** What can be said of a target whose memory and time nothing here knows: what runs, and how. */
function unplanned(support: Support, facts: Facts, target: Target, options: Options): CommandResult {
  const idle = ['max-ram', 'max-flash', 'max-latency', 'report'].filter(
    (name) => options[name] !== undefined,
  );
  if (idle.length > 0) {
    throw plansItself(target, {
      at: idle.map((name) => `--${name}`),
      hint: 'leave it out; analyze says what runs there, its own profiler what that takes',
    });
  }
  return {
    json: { ...facts.json, ...supportJson(support), unsupported: [] },
    text: () =>
      [
        supportText(support),
        fieldList([
          ['target', target.title],
          ...facts.fields,
          ['RAM, time', 'planned by the target itself: its profiler tells them'],
        ]),
      ].join('\n\n'),
    failure: support.failure,
  };
}

function analysed(
  path: string,
  needs: readonly Need[],
  facts: Facts,
  one: boolean,
  options: Options,
  context: Context,
): CommandResult {
  const [first] = needs as readonly [Need];
  const { plan, estimate } = first.planned;
  const layers = layerCosts(first.summary.steps, plan.peakStep, one ? estimate : null);
  const gates = one ? evaluateGates(options, measuredOf(first)) : [];
  const fields = one
    ? [...facts.fields, ...needFields(first)]
    : [
        ...facts.fields,
        ['MACs', formatCount(first.summary.macs)] as const,
        ...undescribedFields(first.planned),
        ...sampleFields(first.planned),
      ];
  const totals = (): string => fieldList([...fields, ...(one ? [fitsField(first, context.paint)] : [])]);
  const page = textOption(options, 'report');
  if (page !== undefined) {
    const { machine, library } = first.planned;
    const lead = `${path}, ${one ? machine.id : `${needs.length} microcontrollers`}, ${library} kernels`;
    context.outputs.file(
      page,
      analysisPage(first.planned.program.name, lead, fields, needs, layers, limitsMet(gates)),
    );
  }
  return {
    json: {
      ...facts.json,
      macs: first.summary.macs,
      unsupported: [],
      targets: needs.map(needJson),
      layers,
      gates,
    },
    text: () => {
      const { columns, rows } = layerTable(layers);
      const targets = needs.map((need) => targetRow(need, verdictOf(need)));
      return [textTable(columns, rows), ...(one ? [] : [textTable(TARGET_COLUMNS, targets)]), totals()].join(
        '\n\n',
      );
    },
    brief: totals,
    failure: one ? (first.misfit ?? gateFailure(gates, undefined, leastFormFor(first.planned))) : null,
  };
}
