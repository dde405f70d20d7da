/**
 * Rewrites nodes of opsets 7 to 28 to the forms of CANONICAL_OPSET (21), one rule per operator whose form changed
 * (ONNX operator change log). Opsets 22 to 28 only added types and attributes.
 */

import { int, string } from '../graph/build.ts';
import type { Node, Tensor } from '../graph/types.ts';
import { laterAttribute, REDUCTIONS } from './opset-forms.ts';
import { qoperatorNodes } from './qoperator.ts';
import type { Rewriting } from './rewriting.ts';
import { floatScalar, int64Tensor } from './tensor.ts';

type Rule = (node: Node, opset: number, rewriting: Rewriting) => readonly Node[];

/** The node in canonical form; several nodes where one operator became a few. */
export function canonicalNodes(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  const real = qoperatorNodes(node, rewriting);
  if (real !== null) return real.flatMap((inner) => canonicalNodes(inner, realOpset(node, opset), rewriting));
  const rule = RULES.get(node.op);
  const nodes = rule ? rule(node, opset, rewriting) : [node];
  return nodes.map(dropImpliedAttributes);
}

/** QLinearSoftmax says by which opset its axis is meant. */
function realOpset(node: Node, opset: number): number {
  return intAttribute(node, 'opset', opset);
}

function dropImpliedAttributes(node: Node): Node {
  const kept = Object.entries(node.attributes).filter(([name, attribute]) => {
    const implied = laterAttribute(node.op, name)?.implied;
    return implied === undefined || implied === null || attribute.value !== implied;
  });
  return { ...node, attributes: Object.fromEntries(kept) };
}

/** Operators with a rule. A rule is told the opset of the node and leaves newer forms alone. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['BatchNormalization', batchNormalization],
  ['Cast', cast],
  ['Clip', clip],
  ['DFT', dft],
  ['Dropout', dropout],
  ['GridSample', gridSample],
  ['GroupNormalization', groupNormalization],
  ['Hardmax', coercedTo2d],
  ['LogSoftmax', coercedTo2d],
  ['Pad', pad],
  ['ReduceSum', (node, opset, rewriting) => intsToInputs(node, opset < 13, ['axes'], rewriting)],
  ['Reshape', reshape],
  ['Resize', resize],
  ['RoiAlign', roiAlign],
  ['Scan', scan],
  ['Scatter', (node) => [{ ...node, op: 'ScatterElements' }]],
  [
    'Slice',
    (node, opset, rewriting) => intsToInputs(node, opset < 10, ['starts', 'ends', 'axes'], rewriting),
  ],
  ['Softmax', coercedTo2d],
  ['Split', split],
  ['Squeeze', (node, opset, rewriting) => intsToInputs(node, opset < 13, ['axes'], rewriting)],
  ['TopK', topK],
  ['Unsqueeze', (node, opset, rewriting) => intsToInputs(node, opset < 13, ['axes'], rewriting)],
  ['Upsample', upsample],
  ...[...REDUCTIONS].map((op): [string, Rule] => [
    op,
    (node, opset, rewriting) => intsToInputs(node, opset < 18, ['axes'], rewriting),
  ]),
]);

function without(node: Node, ...names: readonly string[]): Node['attributes'] {
  return Object.fromEntries(Object.entries(node.attributes).filter(([name]) => !names.includes(name)));
}

function intAttribute(node: Node, name: string, absent: number): number {
  const attribute = node.attributes[name];
  return attribute?.kind === 'int' ? Number(attribute.value) : absent;
}

function stringAttribute(node: Node, name: string, absent: string): string {
  const attribute = node.attributes[name];
  return attribute?.kind === 'string' ? attribute.value : absent;
}

/** Attributes that became int64 inputs, in order, behind the first input. */
function intsToInputs(
  node: Node,
  applies: boolean,
  names: readonly string[],
  rewriting: Rewriting,
): readonly Node[] {
  if (!applies) return [node];
  const added = names.map((name) => {
    const attribute = node.attributes[name];
    return attribute?.kind === 'ints'
      ? rewriting.addConstant(`${node.name}_${name}`, int64Tensor(attribute.value))
      : '';
  });
  const inputs = dropTrailingEmpty([node.inputs[0] ?? '', ...added]);
  return [{ ...node, inputs, attributes: without(node, ...names) }];
}

/** Names without the absent ones behind the last. */
export function dropTrailingEmpty(names: readonly string[]): readonly string[] {
  const last = names.findLastIndex((name) => name !== '');
  return names.slice(0, last + 1);
}

/** Opset 9 dropped `spatial`; 14 replaced the training outputs by training_mode. */
function batchNormalization(node: Node, opset: number, { reject }: Rewriting): readonly Node[] {
  if (opset < 9 && intAttribute(node, 'spatial', 1) === 0)
    reject(node, 'statistics per activation (spatial = 0)');
  if (intAttribute(node, 'training_mode', 0) !== 0) reject(node, 'training_mode = 1');
  return [
    { ...node, outputs: node.outputs.slice(0, 1), attributes: without(node, 'spatial', 'training_mode') },
  ];
}

/** TensorProto.DataType of the float types that are widened to FLOAT at import. */
const HALF_TYPES: readonly number[] = [10, 16];

/** Half precision is float32 in a Graph, so a cast to it is one to float32. */
function cast(node: Node): readonly Node[] {
  if (!HALF_TYPES.includes(intAttribute(node, 'to', 0))) return [node];
  return [{ ...node, attributes: { ...node.attributes, to: int(1) } }];
}

function clip(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset >= 11) return [node];
  const bounds = ['min', 'max'].map((name) => {
    const attribute = node.attributes[name];
    return attribute?.kind === 'float'
      ? rewriting.addConstant(`${node.name}_${name}`, floatScalar(attribute.value))
      : '';
  });
  const inputs = dropTrailingEmpty([node.inputs[0] ?? '', ...bounds]);
  return [{ ...node, inputs, attributes: without(node, 'min', 'max') }];
}

/** Opset 20 made the axis an input. */
function dft(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset >= 20) return [node];
  const axis: Tensor = {
    dtype: 'int64',
    shape: [],
    data: BigInt64Array.of(BigInt(intAttribute(node, 'axis', 1))),
  };
  const inputs = [
    node.inputs[0] ?? '',
    node.inputs[1] ?? '',
    rewriting.addConstant(`${node.name}_axis`, axis),
  ];
  return [{ ...node, inputs, attributes: without(node, 'axis') }];
}

/** Opset 12 made the ratio an input. It only matters in training, which no older opset can ask for. */
function dropout(node: Node, opset: number): readonly Node[] {
  return opset >= 12 ? [node] : [{ ...node, attributes: without(node, 'ratio') }];
}

/** Opset 20 renamed the modes. */
function gridSample(node: Node, opset: number): readonly Node[] {
  if (opset >= 20) return [node];
  const names: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };
  const mode = stringAttribute(node, 'mode', 'bilinear');
  return [{ ...node, attributes: { ...node.attributes, mode: string(names[mode] ?? mode) } }];
}

/**
 * Before opset 21 scale and bias were one number per group: exactly an InstanceNormalization of the input seen as
 * [N, groups, everything else].
 */
function groupNormalization(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset >= 21) return [node];
  const [input = '', scale = '', bias = ''] = node.inputs;
  const groups = intAttribute(node, 'num_groups', 1);
  const groupShape = rewriting.addConstant(`${node.name}_groups`, int64Tensor([0, groups, -1]));
  const epsilon = node.attributes.epsilon;
  return aroundReshape(node, input, rewriting, (inner) => ({
    first: { op: 'Reshape', inputs: [input, groupShape], attributes: {} },
    second: {
      op: 'InstanceNormalization',
      inputs: [inner, scale, bias],
      attributes: epsilon ? { epsilon } : {},
    },
  }));
}

/**
 * Before opset 13 Softmax, LogSoftmax and Hardmax saw the input as a matrix, all dimensions from `axis` on as one.
 * For the last axis that is what they do today; otherwise the matrix is made and undone.
 */
function coercedTo2d(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset >= 13) return [node];
  const [input = ''] = node.inputs;
  const axis = intAttribute(node, 'axis', 1);
  const rank = rewriting.rank(input);
  const attributes = { ...node.attributes, axis: int(-1) };
  if (axis === -1 || axis + 1 === rank) return [{ ...node, attributes }];
  return aroundReshape(node, input, rewriting, (inner) => ({
    first: { op: 'Flatten', inputs: [input], attributes: { axis: int(axis) } },
    second: { op: node.op, inputs: [inner], attributes },
  }));
}

type Operation = Pick<Node, 'op' | 'inputs' | 'attributes'>;

/** first → second → Reshape to the shape of the input. `second` keeps the name of the node. */
function aroundReshape(
  node: Node,
  input: string,
  { newValue, newNode }: Rewriting,
  operations: (inner: string) => { readonly first: Operation; readonly second: Operation },
): readonly Node[] {
  const [inner, result, shape] = ['input', 'result', 'shape'].map((part) => newValue(`${node.name}_${part}`));
  const { first, second } = operations(inner!);
  return [
    { ...first, name: newNode(`${node.name}_${first.op}`), outputs: [inner!] },
    { ...second, name: node.name, outputs: [result!] },
    { name: newNode(`${node.name}_Shape`), op: 'Shape', inputs: [input], outputs: [shape!], attributes: {} },
    {
      name: newNode(`${node.name}_Reshape`),
      op: 'Reshape',
      inputs: [result!, shape!],
      outputs: node.outputs,
      attributes: {},
    },
  ];
}

/** Opset 11 made pads and value inputs. */
function pad(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset >= 11) return [node];
  const [padded] = intsToInputs(node, true, ['pads'], rewriting);
  const value = node.attributes.value;
  const fill =
    value?.kind === 'float' && value.value !== 0
      ? [rewriting.addConstant(`${node.name}_value`, floatScalar(value.value))]
      : [];
  return [{ ...padded!, inputs: [...padded!.inputs, ...fill], attributes: without(padded!, 'value') }];
}

/** allowzero (opset 14) means nothing for a shape without a zero, which older runtimes can read too. */
function reshape(node: Node, _opset: number, { constant }: Rewriting): readonly Node[] {
  const shape = constant(node.inputs[1] ?? '')?.data;
  if (!(shape instanceof BigInt64Array) || shape.includes(0n)) return [node];
  return [{ ...node, attributes: without(node, 'allowzero') }];
}

/** Opset 11 added roi and sizes; an empty tensor there means the same as leaving it out. */
function resize(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset < 11) return [asymmetricResize(node, node.inputs[1] ?? '', rewriting)];
  const [input = '', roi = '', scales = '', sizes = ''] = node.inputs;
  const present = (name: string): string => (rewriting.constant(name)?.data.length === 0 ? '' : name);
  const cropped = stringAttribute(node, 'coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const inputs = dropTrailingEmpty([input, cropped ? roi : '', present(scales), present(sizes)]);
  return [{ ...node, inputs }];
}

function upsample(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  const scales = node.attributes.scales;
  if (opset >= 9 || scales?.kind !== 'floats')
    return [asymmetricResize(node, node.inputs[1] ?? '', rewriting)];
  const tensor: Tensor = {
    dtype: 'float32',
    shape: [scales.value.length],
    data: Float32Array.from(scales.value),
  };
  return [asymmetricResize(node, rewriting.addConstant(`${node.name}_scales`, tensor), rewriting)];
}

/**
 * Upsample, and Resize of opset 10: coordinates are divided by the scale. The nearest pixel is the one below when
 * enlarging and the one above when shrinking (ONNX test resize_downsample_nearest of opset 10).
 */
function asymmetricResize(node: Node, scales: string, { constant, reject }: Rewriting): Node {
  const given = stringAttribute(node, 'mode', 'nearest');
  const mode = given === 'bilinear' ? 'linear' : given;
  const factors = constant(scales)?.data;
  const isFloat = factors instanceof Float32Array;
  const enlarges = node.op === 'Upsample' || (isFloat && factors.every((factor) => factor >= 1));
  const shrinks = isFloat && factors.every((factor) => factor <= 1);
  if (mode === 'nearest' && !enlarges && !shrinks) {
    reject(node, 'nearest resizing of opset 10 whose scales are not constant, or both enlarge and shrink');
  }
  return {
    ...node,
    op: 'Resize',
    inputs: [node.inputs[0] ?? '', '', scales],
    attributes: {
      mode: string(mode),
      coordinate_transformation_mode: string('asymmetric'),
      ...(mode === 'nearest' ? { nearest_mode: string(enlarges ? 'floor' : 'ceil') } : {}),
    },
  };
}

/** Opset 16 moved the coordinates by half a pixel unless told otherwise. */
function scan(node: Node, opset: number, { reject }: Rewriting): readonly Node[] {
  if (opset < 9) reject(node, 'Scan of opset 8, which has a batch');
  return [node];
}

function roiAlign(node: Node, opset: number): readonly Node[] {
  if (opset >= 16) return [node];
  const attributes = { ...node.attributes, coordinate_transformation_mode: string('output_half_pixel') };
  return [{ ...node, attributes }];
}

/** Opset 13 made the sizes an input; 18 wants the number of equal parts where there are no sizes. */
function split(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  const [moved] = intsToInputs(node, opset < 13, ['split'], rewriting);
  if (opset >= 18 || moved!.inputs[1]) return [moved!];
  return [{ ...moved!, attributes: { ...moved!.attributes, num_outputs: int(node.outputs.length) } }];
}

/** Opset 10 made k an input. */
function topK(node: Node, opset: number, rewriting: Rewriting): readonly Node[] {
  if (opset >= 10) return [node];
  const k = rewriting.addConstant(`${node.name}_k`, int64Tensor([intAttribute(node, 'k', 1)]));
  return [{ ...node, inputs: [node.inputs[0] ?? '', k], attributes: without(node, 'k') }];
}
