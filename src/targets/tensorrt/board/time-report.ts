/** Where the time of an engine goes: its layers by kind and precision, against what the module can do at most. */
import type { Graph } from '../../../graph/types.ts';
import { nodeMacs } from '../../../passes/graph-macs.ts';
import { peakRate } from '../../../profiles/jetson.ts';
import type { Inferences, TimedLayerReport, TimeReport, TimeShare } from '../../target.ts';
import type { Platform } from '../release/platform.ts';
import { findingsOf } from './findings.ts';
import { type EnginePrecision, kindOf, onnxNodesOf, precisionOf } from './layer-kinds.ts';
import type { Inference, LayerInfo, TimedLayer } from './trt-profile.ts';

type Exports = {
  readonly runs: number;
  readonly layers: readonly TimedLayer[];
  /** In order; empty where nothing is known but names. */
  readonly info: readonly LayerInfo[];
  /** Empty where they are not known. */
  readonly inferences: readonly Inference[];
};

/** @param model whose names of nodes are those of the file that the engine was built from; null where it is not at hand */
export function timeReport(exports: Exports, model: Graph | null, platform: Platform): TimeReport {
  const totalMs = exports.layers.reduce((sum, { ms }) => sum + ms, 0);
  const shareOf = (ms: number): number => (totalMs === 0 ? 0 : ms / totalMs);
  const infoOf = infoByTurns(exports.info);
  const layers = exports.layers
    .map((layer) => layerReport(layer, infoOf(layer.name), model, platform, shareOf(layer.ms)))
    .sort((a, b) => b.ms - a.ms);
  const part = (label: string, some: readonly TimedLayerReport[]): TimeShare => {
    const ms = some.reduce((sum, layer) => sum + layer.ms, 0);
    return { label, layers: some.length, ms, share: shareOf(ms) };
  };
  const known = layers.some(({ precision }) => precision !== null);
  const int8 = layers.some(({ precision }) => precision === 'int8');
  const report = {
    target: platform.profile.id,
    runs: exports.runs,
    totalMs,
    inferences: summary(exports.inferences),
    kinds: grouped(layers, ({ kind }) => kind, part),
    precisions: known ? grouped(layers, ({ precision }) => precision ?? 'not stated', part) : [],
    reformat: part('reformat', layers.filter(isReformat)),
    outOfInt8: int8 ? part('not in int8', layers.filter(isOutOfInt8)) : null,
    layers,
  };
  return { ...report, findings: findingsOf(report, platform) };
}

/** Layers may have one name: the first that is asked for is the first that is stated, and so on. */
function infoByTurns(info: readonly LayerInfo[]): (name: string) => LayerInfo | undefined {
  const left = new Map<string, LayerInfo[]>();
  for (const one of info) {
    const same = left.get(one.Name);
    if (same === undefined) left.set(one.Name, [one]);
    else same.push(one);
  }
  return (name) => left.get(name)?.shift();
}

function isReformat({ kind }: TimedLayerReport): boolean {
  return kind === 'reformat';
}

/** Computes, and not in int8. */
function isOutOfInt8({ kind, precision }: TimedLayerReport): boolean {
  return kind !== 'reformat' && precision !== null && precision !== 'int8';
}

function grouped(
  layers: readonly TimedLayerReport[],
  key: (layer: TimedLayerReport) => string,
  part: (label: string, some: readonly TimedLayerReport[]) => TimeShare,
): readonly TimeShare[] {
  return [...new Set(layers.map(key))]
    .map((label) =>
      part(
        label,
        layers.filter((layer) => key(layer) === label),
      ),
    )
    .sort((a, b) => b.ms - a.ms);
}

function layerReport(
  { name, ms }: TimedLayer,
  info: LayerInfo | undefined,
  model: Graph | null,
  platform: Platform,
  share: number,
): TimedLayerReport {
  const precision = precisionOf(info);
  const names = new Set(model?.nodes.map((node) => node.name));
  const nodes = onnxNodesOf(name, info, names);
  const cost = model === null || nodes.length === 0 ? null : costOf(model, new Set(nodes), precision);
  return {
    name,
    kind: kindOf(name, info),
    precision,
    ms,
    share,
    nodes,
    macs: cost?.macs ?? null,
    leastMs: cost === null ? null : leastMs(cost, precision, platform),
  };
}

type Cost = { readonly macs: number; readonly bytes: number };

/** Multiply-accumulates, and bytes that are read and written at least: weights, and values that cross the border of the nodes. */
function costOf(graph: Graph, names: ReadonlySet<string>, precision: EnginePrecision | null): Cost {
  const nodes = graph.nodes.filter(({ name }) => names.has(name));
  const made = new Set(nodes.flatMap(({ outputs }) => outputs));
  const read = new Set(
    nodes.flatMap(({ inputs }) => inputs).filter((name) => name !== '' && !made.has(name)),
  );
  const readInside = new Set(nodes.flatMap(({ inputs }) => inputs));
  const left = [...made].filter((name) => !readInside.has(name));
  const elements = [...read, ...left].reduce(
    (sum, name) => sum + (graph.values.get(name)?.shape ?? []).reduce((product, size) => product * size, 1),
    0,
  );
  return {
    macs: nodes.reduce((sum, node) => sum + nodeMacs(graph, node), 0),
    bytes: elements * WIDTH[precision ?? 'fp16'],
  };
}

const WIDTH: Readonly<Record<EnginePrecision, number>> = { int8: 1, fp8: 1, fp16: 2, bf16: 2, fp32: 4 };

/** The roofline: no layer is faster than its operations at the peak, or its bytes at the bandwidth; null where the peak is not known. */
function leastMs(
  { macs, bytes }: Cost,
  precision: EnginePrecision | null,
  { profile, powerMode }: Platform,
): number | null {
  const rate = precision === 'int8' || precision === 'fp16' ? peakRate(profile, powerMode, precision) : null;
  return rate === null ? null : 1000 * Math.max((2 * macs) / rate, bytes / profile.memory.bandwidth);
}

function summary(inferences: readonly Inference[]): Inferences | null {
  if (inferences.length === 0) return null;
  return {
    count: inferences.length,
    latencyMs: quantile(
      inferences.map(({ latencyMs }) => latencyMs),
      0.5,
    ),
    p99Ms: quantile(
      inferences.map(({ latencyMs }) => latencyMs),
      0.99,
    ),
    computeMs: quantile(
      inferences.map(({ computeMs }) => computeMs),
      0.5,
    ),
    enqueueMs: quantile(
      inferences.map(({ enqueueMs }) => enqueueMs),
      0.5,
    ),
  };
}

function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}
