import { TinymlError } from '../diagnostics/errors.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import type { Graph, ImportedModel } from '../graph/types.ts';
import { lowerWithOutcomes, type NodeOutcome } from '../lower/int8/lower.ts';
import { describe } from '../lower/shared/context.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { checkOperators, type ResolveOptions, unsupportedError } from '../passes/resolve.ts';
import { loadProfile } from '../profiles/load.ts';
import type { Profile } from '../profiles/types.ts';
import { assumeQuantized } from '../quantize/assume.ts';
import { TFLITE_INT8 } from '../quantize/scheme.ts';
import { type GraphInspection, inspectGraph } from '../report/inspection.ts';
import { fieldList, textTable } from '../report/table.ts';
import type { CommandResult, Context } from './context.ts';
import { hostSupportJson, hostSupportText, inspectForHost } from './inspect-host.ts';
import { type Options, textOption } from './options.ts';
import { withAskedState, withFloatState } from './state.ts';
import { dimensions, openModel } from './target-program.ts';

/** `tinyml inspect m.onnx [--target P]`: what is in a model, and what of it runs on a device. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const model = await openModel(args[0]!, context);
  const dims = dimensions(options);
  const unsupported = checkOperators(model, { dims });
  const { source } = model;
  const file = {
    path: source.path,
    bytes: source.bytes,
    sha256: source.sha256,
    irVersion: source.irVersion,
    opset: source.opset,
    producer: source.producer,
    externalFiles: source.externalFiles,
  };
  if (unsupported.length > 0) {
    const rows = unsupported.map(({ node, op, reason }) => [node, op, reason]);
    const text = `${fileText(file)}\n\n${textTable(UNSUPPORTED_COLUMNS, rows)}`;
    return {
      json: { model: file, unsupported },
      text,
      failure: unsupportedError(unsupported),
    };
  }
  const prepared = prepareGraph(model, { dims, deadChannels: false });
  const float = inspectGraph(prepared).quantisation === 'float';
  const graph = float ? withFloatState(prepared, options, context) : withAskedState(prepared, options);
  const inspection = inspectGraph(graph);
  const target = textOption(options, 'target');
  const report = target === undefined ? null : supportOn(loadProfile(target), model, graph, float, { dims });
  return {
    json: { model: file, ...inspection, unsupported: [], ...report?.json },
    text: () =>
      [fileText(file), inspectionText(inspection), ...(report === null ? [] : [report.text()])].join('\n\n'),
    failure: report?.failure ?? null,
  };
}

type SupportReport = {
  readonly json: object;
  readonly text: () => string;
  readonly failure: TinymlError | null;
};

/** What of the model runs on a target, and how. A float model is judged as if it were quantised. */
function supportOn(
  profile: Profile,
  model: ImportedModel,
  graph: Graph,
  float: boolean,
  options: ResolveOptions,
): SupportReport {
  switch (profile.kind) {
    case 'cortex-m': {
      const { outcomes } = lowerWithOutcomes(float ? assumeQuantized(graph, TFLITE_INT8) : graph);
      return {
        json: { target: profile.id, support: outcomes.map(outcomeJson) },
        text: () => supportText(profile.id, outcomes),
        failure: missingKernels(profile.id, outcomes),
      };
    }
    case 'host': {
      const support = inspectForHost(model, graph, float, profile, options);
      return {
        json: { target: profile.id, ...hostSupportJson(support) },
        text: () => hostSupportText(profile.id, support),
        failure: null,
      };
    }
  }
}

function missingKernels(target: string, outcomes: readonly NodeOutcome[]): TinymlError | null {
  const missing = outcomes.filter((outcome) => outcome.kind === 'unsupported');
  if (missing.length === 0) return null;
  return new TinymlError('E_OP', `${missing.length} node(s) cannot run on ${target}`, {
    at: missing.map(({ node, why }) => `${describe(node)}: ${why}`),
    hint: missing[0]!.hint ?? 'docs/operators.md lists the operators that run in int8',
  });
}

const UNSUPPORTED_COLUMNS = [
  { title: 'node' },
  { title: 'operator' },
  { title: 'why it cannot be imported' },
] as const;

type FileFacts = {
  readonly path: string;
  readonly bytes: number;
  readonly opset: number;
  readonly irVersion: number;
  readonly producer: string;
};

function fileText(file: FileFacts): string {
  return fieldList([
    ['model', `${file.path} (${formatBytes(file.bytes)})`],
    [
      'format',
      `ONNX opset ${file.opset}, IR ${file.irVersion}${file.producer === '' ? '' : `, by ${file.producer}`}`,
    ],
  ]);
}

function inspectionText(inspection: GraphInspection): string {
  const ports = [
    ...inspection.inputs.map((port) => ['input', port] as const),
    ...inspection.outputs.map((port) => ['output', port] as const),
  ].map(([kind, port]): [string, string] => [kind, `${port.name}: ${port.dtype} ${port.shape.join('x')}`]);
  const layers = textTable(
    [
      { title: 'node' },
      { title: 'operator' },
      { title: 'output' },
      { title: 'MACs', align: 'right' },
      { title: 'parameters', align: 'right' },
    ],
    inspection.nodes.map((node) => [
      node.name,
      node.op,
      node.outputShape.join('x'),
      formatCount(node.macs),
      formatCount(node.parameters),
    ]),
  );
  const operators = Object.entries(inspection.operators).map(([op, count]) => `${op} ${count}`);
  const totals = fieldList([
    ...ports,
    ...inspection.state.map(({ input, output }): [string, string] => ['state', `${input} from ${output}`]),
    ['operators', operators.join(', ')],
    ['MACs', formatCount(inspection.macs)],
    [
      'parameters',
      `${formatCount(inspection.parameters)} (${formatBytes(inspection.parameterBytes)} as stored)`,
    ],
    ['quantisation', inspection.quantisation],
  ]);
  return `${layers}\n\n${totals}`;
}

function outcomeJson(outcome: NodeOutcome): object {
  const { node, ...rest } = outcome;
  return { node: node.name, op: node.op, ...rest };
}

function supportText(target: string, outcomes: readonly NodeOutcome[]): string {
  const rows = outcomes.map((outcome) => [outcome.node.name, outcome.node.op, supportOf(outcome)]);
  return textTable([{ title: 'node' }, { title: 'operator' }, { title: `on ${target}` }], rows);
}

/** Kernels in order; long runs of one kernel as their number. */
function kernelList(kernels: readonly string[]): string {
  const runs: { readonly kernel: string; count: number }[] = [];
  for (const kernel of kernels) {
    const last = runs.at(-1);
    if (last?.kernel === kernel) last.count++;
    else runs.push({ kernel, count: 1 });
  }
  return runs
    .flatMap(({ kernel, count }) =>
      count > 4 ? [`${count} x ${kernel}`] : new Array<string>(count).fill(kernel),
    )
    .join(' + ');
}

function supportOf(outcome: NodeOutcome): string {
  switch (outcome.kind) {
    case 'native':
      return kernelList(outcome.kernels);
    case 'fused':
      return 'in the clamp of the layer before';
    case 'view':
      return 'no bytes move';
    case 'unsupported':
      return `NOT SUPPORTED: ${outcome.why}`;
  }
}
