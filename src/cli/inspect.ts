import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { firstOf } from '../diagnostics/lists.ts';
import { formatBytes, formatCount } from '../diagnostics/units.ts';
import { canonicalJson } from '../input/canonical-json.ts';
import { contractEntry, contractOf, type InputContract, nonDefault } from '../input/contract.ts';
import { boundInputs } from '../passes/bound-inputs.ts';
import { checkOperators, unsupportedError } from '../passes/resolve.ts';
import { refusedJson } from '../report/analysis.ts';
import { type GraphInspection, inspectGraph } from '../report/inspection.ts';
import { supportJson, supportText } from '../report/support.ts';
import { fieldList, textTable } from '../report/table.ts';
import type { CommandResult, Context } from './context.ts';
import { dimensions, openModel, preparedModel } from './model.ts';
import type { Options } from './options.ts';
import { withAskedState, withFloatState } from './state.ts';
import { targetOf } from './target.ts';

/** `tinyml inspect m.onnx [--target P]`: what is in a model, and what of it runs on a device. */
export async function run(
  args: readonly string[],
  options: Options,
  context: Context,
): Promise<CommandResult> {
  const model = await openModel(args[0]!, options, context);
  const dims = dimensions(options);
  const unsupported = checkOperators(model, { dims });
  const { source } = model;
  const file = {
    path: source.path,
    bytes: source.bytes,
    externalBytes: source.externalFiles.reduce(
      (sum, name) => sum + sizeOf(join(dirname(source.path), name)),
      0,
    ),
    sha256: source.sha256,
    irVersion: source.irVersion,
    opset: source.opset,
    producer: source.producer,
    externalFiles: source.externalFiles,
    input: contractEntry(contractOf(model)),
    bound: Object.fromEntries(boundInputs(model)),
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
  const { graph: prepared, folded } = preparedModel(model, { dims, deadChannels: false }, options, context);
  const float = inspectGraph(prepared).quantisation === 'float';
  const graph = float ? withFloatState(prepared, options, context) : withAskedState(prepared, options);
  const inspection = inspectGraph(graph, folded);
  const support = (await targetOf(options))?.support({ model, graph, float, dims }) ?? null;
  return {
    json: {
      model: file,
      ...inspection,
      unsupported: support === null ? [] : refusedJson(support.nodes),
      ...(support === null ? {} : supportJson(support)),
    },
    text: () =>
      [fileText(file), inspectionText(inspection), ...(support === null ? [] : [supportText(support)])].join(
        '\n\n',
      ),
    brief: () => totalsText(inspection),
    failure: support?.failure ?? null,
  };
}

const UNSUPPORTED_COLUMNS = [
  { title: 'node' },
  { title: 'operator' },
  { title: 'why it cannot be imported' },
] as const;

type FileFacts = {
  readonly path: string;
  readonly bytes: number;
  readonly externalBytes: number;
  readonly externalFiles: readonly string[];
  readonly input: InputContract;
  readonly bound: Readonly<Record<string, readonly number[]>>;
  readonly opset: number;
  readonly irVersion: number;
  readonly producer: string;
};

function fileText(file: FileFacts): string {
  return fieldList([
    ['model', `${file.path} (${sizeText(file)})`],
    [
      'format',
      `ONNX opset ${file.opset}, IR ${file.irVersion}${file.producer === '' ? '' : `, by ${file.producer}`}`,
    ],
    ['preprocessing', preprocessText(file.input.preprocess)],
    ['classes', classesText(file.input.labels)],
    ...Object.entries(file.bound).map(([name, values]): [string, string] => [
      'bound',
      `${name} = ${firstOf(values.map(String))}`,
    ]),
  ]);
}

function sizeText({ bytes, externalBytes, externalFiles }: FileFacts): string {
  if (externalFiles.length === 0) return formatBytes(bytes);
  const others = externalFiles.length === 1 ? externalFiles[0]! : `${externalFiles.length} files beside it`;
  return `${formatBytes(bytes + externalBytes)}, ${formatBytes(externalBytes)} of it in ${others}`;
}

function sizeOf(path: string): number {
  return statSync(path).size;
}

function preprocessText(preprocess: InputContract['preprocess']): string {
  if (preprocess === null) return 'not known';
  const said = canonicalJson(nonDefault(preprocess));
  return said === '{}' ? 'none: values go in as they are' : said;
}

function classesText(labels: readonly string[]): string {
  if (labels.length === 0) return 'not known';
  return firstOf(labels);
}

function inspectionText(inspection: GraphInspection): string {
  return `${layersText(inspection)}\n\n${totalsText(inspection)}`;
}

function totalsText(inspection: GraphInspection): string {
  const ports = [
    ...inspection.inputs.map((port) => ['input', port] as const),
    ...inspection.outputs.map((port) => ['output', port] as const),
  ].map(([kind, port]): [string, string] => [kind, `${port.name}: ${port.dtype} ${port.shape.join('x')}`]);
  const operators = Object.entries(inspection.operators).map(([op, count]) => `${op} ${count}`);
  return fieldList([
    ...ports,
    ...inspection.state.map(({ input, output }): [string, string] => ['state', `${input} from ${output}`]),
    ['operators', operators.join(', ')],
    ...foldedField(inspection),
    ['MACs', formatCount(inspection.macs)],
    [
      'parameters',
      `${formatCount(inspection.parameters)} (${formatBytes(inspection.parameterBytes)} as stored)`,
    ],
    [
      'quantisation',
      inspection.fourBits === 0
        ? inspection.quantisation
        : `${inspection.quantisation}, weights of ${inspection.fourBits} nodes with 4 bits`,
    ],
  ]);
}

/** `BatchNormalization 52, Mul 1`: how many of what went into the weights of layers. */
function foldedField({ nodes }: GraphInspection): readonly (readonly [string, string])[] {
  const counts = new Map<string, number>();
  for (const { op } of nodes.flatMap(({ folded }) => folded)) counts.set(op, (counts.get(op) ?? 0) + 1);
  if (counts.size === 0) return [];
  const parts = [...counts].map(([op, count]) => `${op} ${count}`).join(', ');
  return [['folded', `${parts}: part of the weights and biases of layers`]];
}

function layersText(inspection: GraphInspection): string {
  const anyFolded = inspection.nodes.some(({ folded }) => folded.length > 0);
  return textTable(
    [
      { title: 'node' },
      { title: 'operator' },
      { title: 'output' },
      { title: 'MACs', align: 'right' },
      { title: 'parameters', align: 'right' },
      ...(anyFolded ? [{ title: 'folded into it' }] : []),
    ],
    inspection.nodes.map((node) => [
      node.name,
      node.op,
      node.outputShape.join('x'),
      formatCount(node.macs),
      formatCount(node.parameters),
      ...(anyFolded ? [node.folded.map(({ name }) => name).join(', ')] : []),
    ]),
  );
}
