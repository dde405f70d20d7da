/** What of a model TensorRT parses and in what it computes it, node by node, and why. */
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Graph } from '../../graph/types.ts';
import { nodeMacs } from '../../passes/graph-macs.ts';
import type { NodeSupport, Part, Subject, Support } from '../target.ts';
import { type DlaNode, dlaForms, dlaSupport, stripQdq } from './forms/index.ts';
import { qdqGraph } from './models.ts';
import { planPrecisions, precisionsOf } from './quantise/index.ts';
import type { LayerPrecision } from './release/model.ts';
import { unparsable } from './release/operators.ts';
import type { Platform } from './release/platform.ts';
import type { Unparsable } from './release/unparsable.ts';

/** A float model is judged as what `deploy` would make of it. */
export function supportOf(subject: Subject, platform: Platform): Support {
  const graph = graphOf(subject, platform);
  const devices = devicesOf(graph, platform);
  const found = new Map(unparsable(graph, platform.release).map((one) => [one.node, one]));
  const layers = new Map(layersFor(graph, subject.float, platform).map((layer) => [layer.node, layer]));
  const nodes = graph.nodes
    .filter(({ op }) => op !== 'QuantizeLinear' && op !== 'DequantizeLinear')
    .map((node): NodeSupport => {
      const macs = nodeMacs(graph, node);
      const refused = found.get(node.name);
      const layer = layers.get(node.name);
      const { name, op } = node;
      if (refused !== undefined && refused.instead === null) {
        const { reason, since } = refused;
        const facts = { macs, precision: null, reason, since };
        const why = { why: reasonText(refused), wayOut: null };
        return { name, op, macs, refused: why, text: `NOT PARSED: ${reasonText(refused)}`, facts };
      }
      const precision = layer?.precision ?? null;
      const reason = layer?.reason ?? null;
      const instead = refused?.instead ?? null;
      const device = devices.get(name);
      const text = layerText(layer, instead, device);
      const facts = { macs, precision, reason, instead, ...(device === undefined ? {} : { on: device.on }) };
      return { name, op, macs, refused: null, text, facts };
    });
  const failure = refusal([...found.values()], platform);
  return { target: platform.profile.id, nodes, integer: integerParts(nodes), failure };
}

function graphOf(subject: Subject, { dlaCore }: Platform): Graph {
  if (!subject.float) return qdqGraph(subject);
  return dlaCore === null ? subject.graph : dlaForms(subject.graph);
}

/** By name, where a DLA is to run what it can. Before types say all, it gets the model without Q and DQ. */
function devicesOf(graph: Graph, platform: Platform): ReadonlyMap<string, DlaNode> {
  if (platform.dlaCore === null) return new Map();
  const { nodes } = dlaSupport(platform.release.typing === 'strong' ? graph : stripQdq(graph), platform);
  return new Map(nodes.map((one) => [one.node, one]));
}

function layersFor(graph: Graph, float: boolean, platform: Platform): readonly LayerPrecision[] {
  const { precision } = platform;
  if (precision === 'int8') return float ? planPrecisions(graph, platform.release) : precisionsOf(graph);
  return graph.nodes.map(({ name, op }) => ({ node: name, op, precision, reason: null }));
}

function layerText(
  layer: LayerPrecision | undefined,
  instead: string | null,
  device: DlaNode | undefined,
): string {
  const more = [
    ...(instead === null ? [] : [`written as ${instead}`]),
    ...(device === undefined ? [] : [device.reason === null ? 'DLA' : `GPU: ${device.reason}`]),
  ];
  if (layer === undefined) return ['moves values', ...more].join(', ');
  const { precision, reason } = layer;
  return [reason === null ? precision : `${precision}: ${reason}`, ...more].join(', ');
}

function reasonText({ reason, since }: Unparsable): string {
  return `${reason}; ${since === null ? 'no release does' : `TensorRT ${since} is the first that does`}`;
}

/** All that no form is known for. */
function refusal(found: readonly Unparsable[], { release, software }: Platform): TinymlError | null {
  const refused = found.filter(({ instead }) => instead === null);
  if (refused.length === 0) return null;
  const version = release.version.join('.');
  return new TinymlError(
    'E_OP',
    `TensorRT ${version} of JetPack ${software.jetpack} does not parse ${refused.length} ${refused.length === 1 ? 'node' : 'nodes'}`,
    {
      at: refused.map((one) => `node "${one.node}" (${one.op}): ${reasonText(one)}`),
      hint: 'take a newer JetPack where the module has one, or other operators in the model',
    },
  );
}

function integerParts(nodes: readonly NodeSupport[]): { readonly nodes: Part; readonly macs: Part } {
  const integer = nodes.filter(({ facts }) => 'precision' in facts && facts.precision === 'int8');
  const macsOf = (some: readonly NodeSupport[]): number =>
    some.reduce((sum, { macs }) => sum + (macs ?? 0), 0);
  return {
    nodes: { integer: integer.length, total: nodes.length },
    macs: { integer: macsOf(integer), total: macsOf(nodes) },
  };
}
