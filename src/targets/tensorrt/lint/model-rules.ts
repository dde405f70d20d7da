/** Rules of the model as a whole: opset, operators, what the module has. */
import type { Graph, Node } from '../../../graph/types.ts';
import { dlaRefusal } from '../release/dla.ts';
import { operatorRelease, unparsable } from '../release/operators.ts';
import { isBefore } from '../release/order.ts';
import type { ReleaseId } from '../release/release.ts';
import { isDequantize, isQdq, isQuantize, qdqNodes } from './pairs.ts';
import { type Rule, rule, type Said } from './rule.ts';
import { describe, type LintView } from './view.ts';

/** ONNX's operators on integers, of which no release parses one; ONNX Runtime has more, all called QLinear... */
const ON_INTEGERS: ReadonlySet<string> = new Set([
  'ConvInteger',
  'DynamicQuantizeLinear',
  'MatMulInteger',
  'QLinearConv',
  'QLinearMatMul',
]);

export const MODEL_RULES: readonly Rule[] = [
  rule(
    {
      id: 'R0',
      title: 'the opset is one that the release parses',
      help: 'Each release parses ONNX up to one opset: 13 on TensorRT 8.2 (JetPack 4.6), 17 on 8.5 and 8.6, 20 on 10.3.',
      severity: 'error',
    },
    ({ path, opset, platform }) => {
      const { opsetMax, id } = platform.release;
      if (opset === null || opset <= opsetMax) return [];
      return [
        {
          at: [path],
          message: `the model is of opset ${opset}`,
          cause: `TensorRT ${id} (JetPack ${platform.software.jetpack}) parses opsets up to ${opsetMax}`,
          fix: `write it as opset ${opsetMax} or lower`,
          fixable: true,
        },
      ];
    },
  ),
  rule(
    {
      id: 'R11',
      title: 'no operators on integers (QOperator form)',
      help: 'QLinearConv, QLinearMatMul, ConvInteger, MatMulInteger, DynamicQuantizeLinear and those of ONNX Runtime are parsed by no release: TensorRT takes Q and DQ around float operators.',
      severity: 'error',
    },
    (view) => view.nodes.filter(isOnIntegers).map(onIntegers),
  ),
  rule(
    {
      id: 'R13',
      title: 'the release parses every operator',
      help: 'Parsers grow from release to release, and take some operators with restrictions. Many can be written with others.',
      severity: 'error',
    },
    (view) => (view.resolved === null ? unknownNames(view) : unknownNodes(view)),
  ),
  rule(
    {
      id: 'R14',
      title: 'the module computes in int8',
      help: 'Nano (sm_53) and TX2 (sm_62) have no int8: the builder refuses a model with Q and DQ (NVIDIA/TensorRT#3157). Build the float model in FP16 there.',
      severity: 'error',
    },
    (view) => {
      const { name, precisions } = view.platform.profile;
      const nodes = qdqNodes(view);
      if (precisions.int8 || nodes.length === 0) return [];
      return [
        {
          at: nodes.map((node) => node.name),
          message: `the model has ${nodes.length} Q and DQ`,
          cause: `${name} does not compute in int8: the builder refuses networks with Q and DQ`,
          fix: 'build the float model in FP16 (--precision fp16)',
          fixable: true,
        },
      ];
    },
  ),
  rule(
    {
      id: 'L1',
      title: 'the DLA computes every node',
      help: 'Asked for with --dla. What the DLA does not compute runs on the GPU, and every change between the two costs a copy and a loadable.',
      severity: 'warning',
    },
    (view) =>
      view.resolved === null || view.platform.dlaCore === null ? [] : leftToGpu(view.resolved, view),
  ),
  rule(
    {
      id: 'S2',
      title: 'quantisation of training is exported as Q and DQ',
      help: 'Fake quantisers of training tools are parsed as unknown operators. What they learned has to be exported as QuantizeLinear and DequantizeLinear, symmetric; a Clip between both is none of the patterns that fuse.',
      severity: 'error',
    },
    (view) => view.nodes.flatMap((node) => fakeQuantizer(node) ?? clippedCodes(view, node) ?? []),
  ),
];

function leftToGpu(graph: Graph, { platform }: LintView): readonly Said[] {
  return graph.nodes.flatMap((node): readonly Said[] => {
    const reason = isQdq(node) ? null : dlaRefusal(node, graph, platform);
    if (reason === null) return [];
    return [
      {
        at: [node.name],
        message: `${describe(node)}: ${reason}`,
        cause: 'it falls back to the GPU: a copy there and back, and one more loadable',
        fix: 'deploy the float model with --dla, which writes what can be written otherwise; or train without it',
        fixable: false,
      },
    ];
  });
}

/** What the parser does not take of a model that can be imported. R11 tells of integers. */
function unknownNodes({ resolved, platform }: LintView): readonly Said[] {
  const { release } = platform;
  return unparsable(resolved!, release)
    .filter(({ op }) => !ON_INTEGERS.has(op))
    .map(({ node, op, reason, since, instead }) => ({
      at: [node],
      message: `${node} (${op}): ${reason}`,
      cause: `TensorRT ${release.id} does not parse it; ${sinceText(since)}`,
      fix:
        instead === null
          ? 'leave it out of the network, or compute it on the host'
          : `write it as ${instead}`,
      fixable: instead !== null,
    }));
}

/** The same by name alone. */
function unknownNames(view: LintView): readonly Said[] {
  const { release } = view.platform;
  return view.nodes.flatMap((node): readonly Said[] => {
    if (isQdq(node) || isOnIntegers(node) || fakeQuantizer(node) !== null) return [];
    const since = operatorRelease(node.op);
    if (!isBefore(release.id, since)) return [];
    const custom = node.op.includes('::');
    // The table has the operators that tinyml knows: of others it says nothing.
    const unknown = since === null && !custom;
    return [
      {
        severity: unknown ? 'note' : 'error',
        at: [node.name],
        message: `${describe(node)} is ${custom ? 'no operator of ONNX' : unknown ? 'not known to tinyml' : `not known to TensorRT ${release.id}`}`,
        cause: custom ? 'it needs a plugin' : unknown ? 'it may be parsed or not' : sinceText(since),
        fix: 'export the model without it',
        fixable: false,
      },
    ];
  });
}

function sinceText(since: ReleaseId | null): string {
  return since === null ? 'no release does' : `TensorRT ${since} is the first that does`;
}

function isOnIntegers({ op }: Node): boolean {
  return (
    ON_INTEGERS.has(op) ||
    /^com\.microsoft::(QLinear|QGemm|QAttention|DynamicQuantize|MatMulInteger)/.test(op)
  );
}

function onIntegers(node: Node): Said {
  const expands = node.op === 'QLinearConv' || node.op === 'QLinearMatMul';
  return {
    at: [node.name],
    message: `${describe(node)} computes on integers`,
    cause: 'no release of TensorRT parses it',
    fix: expands
      ? 'write it as a float operator between Q and DQ (ONNX Runtime: QuantFormat.QDQ)'
      : 'quantise statically, with QuantFormat.QDQ',
    fixable: expands,
  };
}

/** Names under which training tools export what rounds in training. */
const FAKE_QUANTIZERS =
  /(^|::)(FakeQuant\w*|FakeQuantize|Quant|BipolarQuant|Trunc|QuantizeDequantize\w*|FixedPerTensorAffine|FakeQuantizeLearnable\w*)$/;

function fakeQuantizer(node: Node): Said | null {
  if (!node.op.includes('::') || !FAKE_QUANTIZERS.test(node.op)) return null;
  return {
    at: [node.name],
    message: `${describe(node)} rounds as in training`,
    cause: 'TensorRT knows QuantizeLinear and DequantizeLinear alone',
    fix: 'export with the Q/DQ form of the tool (brevitas: QCDQ; Octo: tinyml quantize)',
    fixable: false,
  };
}

/** Q, Clip, DQ: the narrow range of brevitas. */
function clippedCodes(view: LintView, node: Node): Said | null {
  // The optimiser of TensorRT 11 takes it (seen with TensorRT-RTX 1.7).
  if (node.op !== 'Clip' || view.platform.release.version[0] >= 11) return null;
  const before = view.producers.get(node.inputs[0] ?? '');
  const behind = (view.readers.get(node.outputs[0] ?? '') ?? []).find(isDequantize);
  if (before === undefined || !isQuantize(before) || behind === undefined) return null;
  return {
    severity: 'warning',
    at: [node.name, before.name, behind.name],
    message: `${describe(node)} limits codes between ${describe(before)} and ${describe(behind)}`,
    cause: 'Q and DQ with something between them are no pair that moves or fuses',
    fix: 'take the Clip out: a symmetric scale of the largest value needs none',
    fixable: true,
  };
}
