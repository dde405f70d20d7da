/** Rules of pairs that stand where int8 gains nothing. */
import type { Node } from '../../../graph/types.ts';
import { isLinear } from '../release/linear-layers.ts';
import {
  commutes,
  dequantizerOf,
  isDequantize,
  isIntegerLinear,
  isQuantize,
  movedFrom,
  quantizersOf,
  sameScale,
} from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { constantOf, describe, type LintView, shapeOf } from './view.ts';

export const PLACE_RULES: readonly Rule[] = [
  rule(
    {
      id: 'P1',
      title: 'no other scale behind what only moves elements',
      help: 'MaxPool, Reshape, Transpose, Slice, Split, nearest Resize, Pad and the like give the codes that they get: Q and DQ move through them. Another scale behind one is a kernel that rescales.',
      severity: 'warning',
    },
    (view) => view.nodes.filter(isQuantize).flatMap((node) => rescales(view, node) ?? []),
  ),
  rule(
    {
      id: 'P2',
      title: 'an average pool has its pair on the input',
      help: 'An AveragePool or GlobalAveragePool runs in int8 where its input comes from a DQ. A pair behind it alone leaves it in float.',
      severity: 'warning',
    },
    (view) => view.nodes.filter(isAverage).flatMap((node) => average(view, node) ?? []),
  ),
  rule(
    {
      id: 'S1',
      title: 'what is slower or less exact in int8 stays in float',
      help: 'Softmax, LayerNormalization and the like have no int8 kernels: pairs around them only cost time. Layers with few channels, and products with a vector, gain nothing from int8.',
      severity: 'warning',
    },
    (view) => [
      ...view.nodes.filter(({ op }) => FLOAT_ONLY.has(op)).flatMap((node) => floatOnly(view, node)),
      ...view.nodes.filter((node) => isIntegerLinear(view, node)).flatMap((node) => small(view, node) ?? []),
    ],
  ),
  rule(
    {
      id: 'D1',
      title: 'no pair before an output of the model',
      help: 'A pair before an output rounds the result and costs a kernel. Drop it, unless the output is to be int8 (then the DQ goes, too).',
      severity: 'warning',
    },
    (view) => view.nodes.filter(isDequantize).flatMap((node) => beforeOutput(view, node)),
  ),
];

function rescales(view: LintView, quantize: Node): Said | null {
  const [data = ''] = quantize.inputs;
  const mover = view.producers.get(data);
  if (mover === undefined || !commutes(mover)) return null;
  const before = view.producers.get(movedFrom(view, data));
  if (before === undefined || !isDequantize(before) || sameScale(view, before, quantize)) return null;
  return {
    at: [quantize.name, mover.name],
    message: `${describe(quantize)} behind ${describe(mover)} has another scale than ${describe(before)} before it`,
    cause: 'moving elements keeps their codes: another scale is one more kernel, and rounds again',
    fix: 'give both one scale, or take this pair out',
    fixable: true,
  };
}

function isAverage({ op }: Node): boolean {
  return op === 'AveragePool' || op === 'GlobalAveragePool';
}

function average(view: LintView, node: Node): Said | null {
  const behind = quantizersOf(view, node.outputs[0] ?? '');
  if (behind.length === 0 || dequantizerOf(view, node.inputs[0] ?? '') !== null) return null;
  const source = view.producers.get(node.inputs[0] ?? '');
  // Behind float layers a float pool is right.
  if (source === undefined || !nearInteger(view, source)) return null;
  return {
    at: [node.name, behind[0]!.name],
    message: `${describe(node)} has a pair behind it, and none before`,
    cause: 'it runs in float between int8 layers: its input is written in float',
    fix: 'put a pair on its input',
    fixable: false,
  };
}

/** Whether an int8 layer makes the value, alone or with its activation. */
function nearInteger(view: LintView, node: Node): boolean {
  if (isLinear(node)) return isIntegerLinear(view, node);
  const layer = view.producers.get(node.inputs[0] ?? '');
  return layer !== undefined && isLinear(layer) && isIntegerLinear(view, layer);
}

/** What has no int8 kernel, or is too coarse in int8. */
const FLOAT_ONLY: ReadonlySet<string> = new Set([
  'Softmax',
  'LogSoftmax',
  'LayerNormalization',
  'InstanceNormalization',
  'GroupNormalization',
  'RMSNormalization',
  'Gelu',
  'Erf',
  'Exp',
  'Log',
  'Pow',
  'Sqrt',
]);

function floatOnly(view: LintView, node: Node): readonly Said[] {
  const [data = ''] = node.inputs;
  const before = view.producers.get(data);
  const pairs = [
    ...(before !== undefined && isDequantize(before) ? [before] : []),
    ...(view.readers.get(node.outputs[0] ?? '') ?? []).filter(isQuantize).filter((q) => onlyOutputs(view, q)),
  ];
  return pairs.map((pair) => ({
    at: [pair.name, node.name],
    message: `${describe(pair)} stands beside ${describe(node)}`,
    cause: `${node.op} has no int8 kernel: it runs in float, between two conversions`,
    fix: 'take the pair out (ONNX Runtime: leave the operator out of op_types_to_quantize)',
    fixable: true,
  }));
}

/** Whether no int8 layer reads what a Q makes. */
function onlyOutputs(view: LintView, quantize: Node): boolean {
  const reads = (name: string): boolean =>
    (view.readers.get(name) ?? []).some((reader) =>
      isDequantize(reader) || commutes(reader)
        ? reader.outputs.some(reads)
        : isLinear(reader) || reader.op === 'Add' || reader.op === 'Concat' || isAverage(reader),
    );
  return !reads(quantize.outputs[0] ?? '');
}

/** Channels below which int8 kernels gain nothing, unless they are a multiple of 8 (ModelOpt's exclusions). */
const FEW_CHANNELS = 16;

function small(view: LintView, node: Node): Said | null {
  const weights = shapeOf(view, node.inputs[1] ?? '');
  const data = shapeOf(view, node.inputs[0] ?? '');
  if (data === null) return null;
  const note = (message: string, cause: string): Said => ({
    severity: 'note',
    at: [node.name],
    message: `${describe(node)} ${message}`,
    cause,
    fix: 'measure it in FP16, too (--per-layer-precision)',
    fixable: false,
  });
  if (node.op === 'Conv' && weights !== null) {
    const [out = 0] = weights;
    const channels = data[1] ?? 0;
    if (channels < 4 && readsInput(view, node.inputs[0] ?? '')) {
      return note(`is a first layer of ${channelText(channels)}`, 'its accuracy counts most, its time least');
    }
    const few = [out, channels].find((count) => count < FEW_CHANNELS && count % 8 !== 0);
    if (few !== undefined) {
      return note(`has ${channelText(few)}`, 'int8 kernels compute 16 or 32 channels at once');
    }
  }
  if (node.op !== 'Gemm' && node.op !== 'MatMul') return null;
  const output = shapeOf(view, node.outputs[0] ?? '') ?? [];
  if (output.at(-1) !== 1 && (output.at(-2) ?? 1) !== 1) return null;
  return note('multiplies with a vector', 'it waits for memory, not for arithmetic: int8 gains little');
}

function channelText(count: number): string {
  return `${count} channel${count === 1 ? '' : 's'}`;
}

function readsInput(view: LintView, name: string): boolean {
  const from = movedFrom(view, name);
  const producer = view.producers.get(from);
  if (producer === undefined) return constantOf(view, from) === null;
  return (isDequantize(producer) || isQuantize(producer)) && readsInput(view, producer.inputs[0] ?? '');
}

function beforeOutput(view: LintView, node: Node): readonly Said[] {
  const outputs = reachedOutputs(view, node.outputs[0] ?? '');
  return outputs.slice(0, 1).map((output) => ({
    at: [node.name],
    message: `${describe(node)} makes the output "${output}"`,
    cause: 'the result is rounded to 256 values, by kernels of their own',
    fix: 'take the pair out',
    fixable: true,
  }));
}

/** Outputs of the model that hold a value, or elements of it in another order. */
function reachedOutputs(view: LintView, name: string): readonly string[] {
  const further = (view.readers.get(name) ?? [])
    .filter((reader) => commutes(reader) && reader.inputs[0] === name)
    .flatMap((reader) => reader.outputs.flatMap((output) => reachedOutputs(view, output)));
  return [...(view.outputs.has(name) ? [name] : []), ...further];
}
