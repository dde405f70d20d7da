/** QuantizeLinear and DequantizeLinear of a file: what they state, and what they stand around. */
import type { Node } from '../../../graph/types.ts';
import { elementType } from '../../../onnx/element-types.ts';
import type { FileTensor } from '../../../onnx/file-model.ts';
import { intAttribute, stringAttribute } from '../../../ops/attributes.ts';
import { isMover } from '../../../passes/movers.ts';
import { isLinear } from '../release/linear-layers.ts';
import { constantOf, type LintView } from './view.ts';

/** ONNX Runtime has both in its own domain, too; TensorRT looks at the name alone. */
export function isQuantize({ op }: Node): boolean {
  return op === 'QuantizeLinear' || op === 'com.microsoft::QuantizeLinear';
}

export function isDequantize({ op }: Node): boolean {
  return op === 'DequantizeLinear' || op === 'com.microsoft::DequantizeLinear';
}

export function isQdq(node: Node): boolean {
  return isQuantize(node) || isDequantize(node);
}

export function qdqNodes(view: LintView): readonly Node[] {
  return view.nodes.filter(isQdq);
}

export function scaleOf(view: LintView, node: Node): FileTensor | null {
  return constantOf(view, node.inputs[1] ?? '');
}

/** Null where there is none, or where it is no constant. */
export function zeroPointOf(view: LintView, node: Node): FileTensor | null {
  return constantOf(view, node.inputs[2] ?? '');
}

/** The numbers of a constant; empty where they cannot be read. */
export function numbersOf(tensor: FileTensor | null): readonly number[] {
  const data = tensor?.tensor?.data;
  return data === undefined ? [] : Array.from(data as ArrayLike<number | bigint>, Number);
}

/**
 * ONNX name of the type of the codes; null where nothing says it. A QuantizeLinear that states no type makes UINT8 (ONNX
 * operator specification).
 */
export function codeType(view: LintView, node: Node): string | null {
  const zeroPoint = zeroPointOf(view, node)?.type;
  if (isQuantize(node)) {
    return zeroPoint ?? elementType(intAttribute(node, 'output_dtype', 0))?.name ?? 'UINT8';
  }
  const [codes = ''] = node.inputs;
  const producer = view.producers.get(codes);
  const made = producer !== undefined && isQuantize(producer) ? codeType(view, producer) : null;
  return constantOf(view, codes)?.type ?? zeroPoint ?? made ?? view.stated.get(codes)?.type ?? null;
}

/** Whether one scale stands for the whole tensor. */
export function isPerTensor(scale: FileTensor): boolean {
  return scale.shape.reduce((product, dim) => product * dim, 1) === 1;
}

/** The constant that a node quantises or dequantises, through the QuantizeLinear before it; null for an activation. */
export function quantizedConstant(view: LintView, node: Node): string | null {
  const [name = ''] = node.inputs;
  if (constantOf(view, name) !== null) return name;
  const producer = view.producers.get(name);
  return isDequantize(node) && producer !== undefined && isQuantize(producer)
    ? quantizedConstant(view, producer)
    : null;
}

/** Whether TensorRT moves Q and DQ through a node: it moves elements, or keeps the largest. By its first input; a Concat has many. */
export function commutes(node: Node): boolean {
  if (node.op === 'Resize') return stringAttribute(node, 'mode', 'nearest') === 'nearest';
  return isMover(node) && node.op !== 'Concat';
}

/** The value from which a value is moved, through all operators that commute with Q and DQ. */
export function movedFrom(view: LintView, name: string): string {
  const producer = view.producers.get(name);
  return producer !== undefined && commutes(producer) ? movedFrom(view, producer.inputs[0] ?? '') : name;
}

/** The DequantizeLinear that a value comes from, directly or through what moves it; of a Concat, the first of one scale. */
export function dequantizerOf(view: LintView, name: string): Node | null {
  const producer = view.producers.get(movedFrom(view, name));
  if (producer === undefined) return null;
  if (isDequantize(producer)) return producer;
  if (producer.op !== 'Concat') return null;
  const parts = producer.inputs.map((input) => dequantizerOf(view, input));
  const [first = null] = parts;
  return first !== null && parts.every((part) => part !== null && sameScale(view, part, first))
    ? first
    : null;
}

/** The Q nodes that read a value, directly or through what moves it, each with the last mover before it (null: none). */
export function quantizersOf(view: LintView, name: string): readonly Node[] {
  return (view.readers.get(name) ?? []).flatMap((reader): readonly Node[] => {
    if (isQuantize(reader)) return [reader];
    return commutes(reader) && reader.inputs[0] === name
      ? reader.outputs.flatMap((output) => quantizersOf(view, output))
      : [];
  });
}

export function sameScale(view: LintView, a: Node, b: Node): boolean {
  const [first, second] = [a, b].map((node) => numbersOf(scaleOf(view, node)));
  return first!.length === second!.length && first!.every((scale, i) => scale === second![i]);
}

/** What a value is before the pair that it comes out of; itself where there is none. */
export function beforePair(view: LintView, name: string): string {
  const dequantize = view.producers.get(name);
  if (dequantize === undefined || !isDequantize(dequantize)) return name;
  const quantize = view.producers.get(dequantize.inputs[0] ?? '');
  return quantize !== undefined && isQuantize(quantize) ? (quantize.inputs[0] ?? '') : name;
}

/** Whether a linear node is computed in int8. */
export function isIntegerLinear(view: LintView, node: Node): boolean {
  return isLinear(node) && node.inputs.slice(0, 2).every((name) => dequantizerOf(view, name) !== null);
}
