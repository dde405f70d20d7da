/** Rules of single QuantizeLinear and DequantizeLinear nodes: what the parser asserts (onnx/onnx-tensorrt, 8.2 to 10.x). */
import type { Node } from '../../../graph/types.ts';
import {
  codeType,
  isDequantize,
  numbersOf,
  qdqNodes,
  quantizedConstant,
  scaleOf,
  zeroPointOf,
} from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { describe, type LintView } from './view.ts';

/** What is said of each Q and DQ. */
const each =
  (say: (view: LintView, node: Node) => Said | null) =>
  (view: LintView): readonly Said[] =>
    qdqNodes(view).flatMap((node) => say(view, node) ?? []);

const major = ({ platform }: LintView): number => platform.release.version[0];
const releaseName = ({ platform }: LintView): string => `TensorRT ${platform.release.id}`;

export const NUMBER_RULES: readonly Rule[] = [
  rule(
    {
      id: 'R1',
      title: 'every Q and DQ has a zero point',
      help: 'TensorRT 8.2 wants all three inputs. Later releases read int8 where there is no zero point, while ONNX means uint8 by a QuantizeLinear without one.',
      severity: 'error',
    },
    each((view, node) => {
      if ((node.inputs[2] ?? '') !== '' || codeType(view, node) === 'INT32') return null; // R5 says it
      const required = view.platform.release.id === '8.2';
      return {
        severity: required ? 'error' : 'warning',
        at: [node.name],
        message: `${describe(node)} has no zero point`,
        cause: required
          ? 'the parser of TensorRT 8.2 wants all three inputs'
          : `${releaseName(view)} reads int8 codes, ONNX means uint8 by it`,
        fix: 'give it the zero point 0 of type int8',
        fixable: true,
      };
    }),
  ),
  rule(
    {
      id: 'R2',
      title: 'scales are constants',
      help: 'The builder needs scales when it builds. A scale that is an input of the model, or computed from one, is refused; one that is computed from constants has to be folded first.',
      severity: 'error',
    },
    each((view, node) => {
      const [, scale = ''] = node.inputs;
      if (view.constants.has(scale)) return null;
      const folds = scaleOf(view, node) !== null;
      // The parser of TensorRT 11 folds by itself (seen with TensorRT-RTX 1.7).
      if (folds && major(view) >= 11) return null;
      return {
        at: [node.name],
        message: `the scale of ${describe(node)} is ${folds ? 'computed from constants' : 'no constant'}`,
        cause: `the parser of ${releaseName(view)} takes initializers and Constant nodes alone`,
        fix: folds ? 'fold constants' : 'calibrate, and store the scale in the model',
        fixable: folds,
      };
    }),
  ),
  rule(
    {
      id: 'R3',
      title: 'scales are finite, above 0, and of a type that the build takes',
      help: 'A scale of 0 or below, infinite or NaN is refused. FP16 and BF16 scales need a strongly typed network (TensorRT 10 on).',
      severity: 'error',
    },
    each((view, node) => badScale(view, node) ?? narrowScale(view, node)),
  ),
  rule(
    {
      id: 'R4',
      title: 'codes are int8, or a type that release and module take',
      help: 'uint8 codes are read as int8, with a warning at most: 200 becomes -56. int16 is not known at all. int4 is for weights from TensorRT 10 on, float8 for modules that have it.',
      severity: 'error',
    },
    each(codes),
  ),
  rule(
    {
      id: 'R5',
      title: 'no bias in int32',
      help: 'A DequantizeLinear of int32 codes stops the import (microsoft/onnxruntime#14229, onnx/onnx-tensorrt#850). TensorRT wants the bias in float and quantises it itself.',
      severity: 'error',
    },
    each((view, node) => {
      if (!isDequantize(node) || codeType(view, node) !== 'INT32') return null;
      return {
        at: [node.name],
        message: `${describe(node)} reads int32 codes`,
        cause: 'the parser takes int8 codes alone: a quantised bias stops the import',
        fix: 'store the bias as float (ONNX Runtime: QuantizeBias=False)',
        fixable: true,
      };
    }),
  ),
  rule(
    {
      id: 'R6',
      title: 'zero points are 0',
      help: 'TensorRT quantises symmetrically (NVIDIA/TensorRT#2774). An asymmetric model has to be calibrated again; --fix refits the ranges, which keeps them and makes the steps coarser.',
      severity: 'error',
    },
    each((view, node) => {
      const points = numbersOf(zeroPointOf(view, node)).filter((zero) => zero !== 0);
      if (points.length === 0 || /^(UINT|INT32)/.test(codeType(view, node) ?? '')) return null; // R4 and R5 say it
      return {
        at: [node.name],
        message: `the zero point of ${describe(node)} is ${points[0]}`,
        cause: 'TensorRT quantises symmetrically: the parser asserts that zero points are 0',
        fix: 'calibrate symmetrically (ONNX Runtime: ActivationSymmetric=True, WeightSymmetric=True)',
        fixable: true,
      };
    }),
  ),
  rule(
    {
      id: 'R7',
      title: 'as many zero points as scales',
      help: 'The parser compares both; a single zero point for many scales is refused.',
      severity: 'error',
    },
    each((view, node) => {
      const [scale, zero] = [scaleOf(view, node), zeroPointOf(view, node)].map((tensor) =>
        tensor === null ? null : tensor.shape.reduce((product, dim) => product * dim, 1),
      );
      if (scale == null || zero == null || scale === zero) return null;
      return {
        at: [node.name],
        message: `${describe(node)} has ${scale} scales and ${zero} zero points`,
        cause: 'the parser asserts that both have as many elements',
        fix: 'give it one zero point for each scale',
        fixable: false,
      };
    }),
  ),
  rule(
    {
      id: 'R12',
      title: 'int4 weights have an even last dimension',
      help: 'Two int4 codes share a byte, and no byte may cross a row.',
      severity: 'error',
    },
    each((view, node) => {
      const type = codeType(view, node);
      const name = quantizedConstant(view, node);
      const last = name === null ? undefined : view.constants.get(name)?.shape.at(-1);
      if (type === null || !type.endsWith('INT4') || last === undefined || last % 2 === 0) return null;
      return {
        at: [node.name],
        message: `${describe(node)} reads int4 codes with ${last} in a row`,
        cause: 'two int4 codes share a byte: rows must be even',
        fix: 'pad the last dimension, or keep this layer in int8',
        fixable: false,
      };
    }),
  ),
];

function badScale(view: LintView, node: Node): Said | null {
  const bad = numbersOf(scaleOf(view, node)).filter((scale) => !(scale > 0 && Number.isFinite(scale)));
  if (bad.length === 0) return null;
  return {
    at: [node.name],
    message: `${bad.length === 1 ? 'a scale' : `${bad.length} scales`} of ${describe(node)} ${bad.length === 1 ? 'is' : 'are'} ${bad[0]}`,
    cause: 'the parser asserts that scales are above 0 and finite',
    fix: 'calibrate with data in which this tensor is not always 0, or leave it in float',
    fixable: false,
  };
}

function narrowScale(view: LintView, node: Node): Said | null {
  const type = scaleOf(view, node)?.type;
  const { typing } = view.platform.release;
  if (type === undefined || type === 'FLOAT' || typing === 'strong') return null;
  const half = type === 'FLOAT16' || type === 'BFLOAT16';
  return {
    severity: typing === 'both' && half ? 'note' : 'error',
    at: [node.name],
    message: `the scale of ${describe(node)} is of type ${type}`,
    cause:
      typing === 'both' && half
        ? `${releaseName(view)} takes it in a strongly typed network alone: build with --stronglyTyped`
        : `${releaseName(view)} takes FP32 scales alone`,
    fix: 'store scales as FP32',
    fixable: true,
  };
}

function codes(view: LintView, node: Node): Said | null {
  const type = codeType(view, node);
  if (type === null || type === 'INT8' || (type === 'INT32' && isDequantize(node))) return null;
  const { precisions } = view.platform.profile;
  const ten = major(view) >= 10;
  const constant = quantizedConstant(view, node) !== null;
  if (type === 'INT4' && ten && precisions.int4 && constant) return null;
  if (type === 'FLOAT8E4M3FN' && ten && precisions.fp8) return null;
  if (type === 'FLOAT4E2M1' && ten && precisions.fp4) return null;
  // Without a zero point uint8 is only what ONNX means: R1 says it.
  if (type === 'UINT8' && !constant && !isStated(view, node)) return null;
  const bytes = type === 'UINT8';
  return {
    at: [node.name],
    message: `the codes of ${describe(node)} are of type ${type}`,
    cause: bytes
      ? 'TensorRT reads the bytes as int8: 200 becomes -56'
      : `${releaseName(view)} on ${view.platform.profile.name} takes int8 codes${ten ? `, and ${types(view)}` : ' alone'}`,
    fix: bytes
      ? 'quantise to int8 (ONNX Runtime: activation_type and weight_type QInt8)'
      : 'quantise to int8, or leave it in float',
    fixable: bytes,
  };
}

/** Whether a Q or DQ, or the Q before it, has a zero point. */
function isStated(view: LintView, node: Node): boolean {
  const before = view.producers.get(node.inputs[0] ?? '');
  return [node, ...(before !== undefined && isDequantize(node) ? [before] : [])].some(
    ({ inputs }) => (inputs[2] ?? '') !== '',
  );
}

function types({ platform }: LintView): string {
  const { int4, fp8, fp4 } = platform.profile.precisions;
  const named = [
    ...(int4 ? ['int4 weights'] : []),
    ...(fp8 ? ['float8 (E4M3)'] : []),
    ...(fp4 ? ['float4'] : []),
  ];
  return named.length === 0 ? 'nothing else' : named.join(', ');
}
