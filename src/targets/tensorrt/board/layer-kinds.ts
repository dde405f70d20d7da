/** What a layer of an engine is, and what it is computed in, from what TensorRT says of it. */
import type { LayerInfo } from './trt-profile.ts';

/** As reports name them. */
type LayerKind =
  | 'convolution'
  | 'matrix product'
  | 'pooling'
  | 'pointwise'
  | 'fused (Myelin)'
  | 'Q or DQ alone'
  | 'reformat'
  | 'DLA'
  | 'other';

export type EnginePrecision = 'int8' | 'fp8' | 'fp16' | 'bf16' | 'fp32';

/** First match counts. Types of layers: TensorRT's engine inspector, 8.2 to 11.1. */
const TYPES: readonly (readonly [RegExp, LayerKind])[] = [
  [/reformat/i, 'reformat'],
  [/\bdla/i, 'DLA'],
  [/quantize/i, 'Q or DQ alone'],
  [/conv/i, 'convolution'],
  [/gemm|matrixmultiply|fullyconnected/i, 'matrix product'],
  [/pool/i, 'pooling'],
  [/kgen|myelin|foreign/i, 'fused (Myelin)'],
  [/pointwise|elementwise|activation|scale|unary/i, 'pointwise'],
];

/** The same where only names are known. */
const NAMES: readonly (readonly [RegExp, LayerKind])[] = [
  [/^Reformatting CopyNode/, 'reformat'],
  [/\{ForeignNode\[|\bmyl/i, 'fused (Myelin)'],
  [/^PWN\(/, 'pointwise'],
];

export function kindOf(name: string, info: LayerInfo | undefined): LayerKind {
  const byName = NAMES.find(([pattern]) => pattern.test(name))?.[1];
  if (byName === 'reformat') return byName;
  if (/^[^+]*(QuantizeLinear|DequantizeLinear)[^+]*$/.test(name)) return 'Q or DQ alone';
  const type = `${info?.ParameterType ?? ''} ${info?.LayerType ?? ''}`.trim();
  const byType = TYPES.find(([pattern]) => pattern.test(type))?.[1];
  return byType ?? byName ?? 'other';
}

/** What it reads decides: a convolution with int8 in and FP16 out is computed in int8. Null where nothing is said. */
export function precisionOf(info: LayerInfo | undefined): EnginePrecision | null {
  const formats = [info?.Inputs?.[0], info?.Outputs?.[0]].map((tensor) => tensor?.['Format/Datatype'] ?? '');
  const [first] = [...formats, info?.Weights?.Type ?? ''].flatMap((format) => typeIn(format) ?? []);
  return first ?? null;
}

function typeIn(format: string): EnginePrecision | null {
  if (/int8/i.test(format)) return 'int8';
  if (/fp8/i.test(format)) return 'fp8';
  if (/bf16|bfloat16/i.test(format)) return 'bf16';
  if (/fp16|half/i.test(format)) return 'fp16';
  return /fp32|float/i.test(format) ? 'fp32' : null;
}

/** Names of the ONNX nodes that a layer computes, as far as its name or metadata tell. */
export function onnxNodesOf(
  name: string,
  info: LayerInfo | undefined,
  nodes: ReadonlySet<string>,
): readonly string[] {
  const stated = [...(info?.Metadata ?? '').matchAll(/\[ONNX Layer: ([^\]]*)\]/g)].map((match) => match[1]!);
  const parts = name.split(' + ').flatMap((part) => [part, ...part.split(/[(),]+/).map((one) => one.trim())]);
  return [...new Set([...stated, ...parts])].filter((one) => nodes.has(one));
}
