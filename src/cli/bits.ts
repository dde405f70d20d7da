/** What 16-bit codes and 4-bit weights of single layers cost and bought, beside the same model with 8 bits. */
import { accuracyOf, type Measured } from '../execute/evaluate.ts';
import type { Graph } from '../graph/types.ts';
import { lower } from '../lower/lower.ts';
import { importModel } from '../onnx/import.ts';
import { prepareGraph } from '../passes/pipeline.ts';
import { planMemory, tensorBytes } from '../program/plan.ts';
import type { Program } from '../program/program.ts';
import { tableBytes } from '../program/tables.ts';
import type { LayerError } from '../quantize/layer-error.ts';
import type { QuantizeReport } from '../quantize/quantize-graph.ts';
import type { BitsBeside, BitsMeasure, WeightBits } from '../report/bits-rows.ts';
import type { Target } from '../targets/target.ts';
import type { Context } from './context.ts';

/** A file, and what was measured of it. */
type MeasuredFile = {
  readonly bytes: Uint8Array;
  readonly layers: readonly LayerError[];
  readonly measured: Measured | null;
};

/** @param outputs values of the float model that are its outputs */
export function bitsBeside(
  report: QuantizeReport,
  outputs: ReadonlySet<string>,
  files: { readonly narrow: MeasuredFile; readonly wide: MeasuredFile },
  target: Target | null,
  context: Context,
): BitsBeside {
  const wide = new Set(report.tensors.filter(({ bits }) => bits === 16).map(({ name }) => name));
  const layers = files.wide.layers.filter(({ value }) => wide.has(value));
  const measureOf = ({ bytes, layers: errors, measured }: MeasuredFile): BitsMeasure => ({
    sqnrDb: leastSqnr(errors.filter(({ value }) => outputs.has(value))),
    accuracy: measured === null ? null : accuracyOf(measured.evaluation),
    ...costOf(bytes, target, context),
  });
  return {
    layers: [...new Set(layers.map(({ name }) => name))],
    weights: weightBitsOf(report, files),
    narrow: measureOf(files.narrow),
    wide: measureOf(files.wide),
  };
}

function weightBitsOf(
  { fourBits }: QuantizeReport,
  { narrow, wide }: { readonly narrow: MeasuredFile; readonly wide: MeasuredFile },
): readonly WeightBits[] {
  if (fourBits.length === 0) return [];
  const [before, after] = [narrow, wide].map(({ bytes }) => bytesOfSteps(lower(graphOf(bytes))));
  return fourBits.map(({ layer, value, group }) => {
    const sqnrIn = ({ layers }: MeasuredFile): number | null =>
      layers.find((one) => one.value === value)?.sqnrDb ?? null;
    return {
      ...{ layer, group, bytes: after!.get(layer) ?? 0, narrowBytes: before!.get(layer) ?? 0 },
      ...{ sqnrDb: sqnrIn(wide), narrowSqnrDb: sqnrIn(narrow) },
    };
  });
}

/** Bytes of the constants of each step, by its name. */
function bytesOfSteps(program: Program): ReadonlyMap<string, number> {
  return new Map(
    program.steps.map(({ name, constants }) => [
      name,
      constants.reduce((sum, id) => sum + tensorBytes(program, id), 0),
    ]),
  );
}

function graphOf(bytes: Uint8Array): Graph {
  return prepareGraph(importModel(bytes, { path: 'model.onnx' }));
}

function leastSqnr(layers: readonly LayerError[]): number | null {
  const known = layers.flatMap(({ sqnrDb }) => sqnrDb ?? []);
  return known.length === 0 ? null : Math.min(...known);
}

/** On the target; without one, what any device needs with our own kernels. */
function costOf(
  bytes: Uint8Array,
  target: Target | null,
  { seed }: Context,
): Pick<BitsMeasure, 'arenaBytes' | 'tablesBytes' | 'instructions'> {
  const graph = graphOf(bytes);
  const assess = target?.emit?.assess ?? null;
  if (assess !== null) {
    const { program, plan, estimate } = assess({ graph, float: false }, { library: 'builtin', seed }).planned;
    return {
      arenaBytes: plan.arenaBytes,
      tablesBytes: tableBytes(program),
      instructions: estimate?.instructions ?? null,
    };
  }
  const program = lower(graph);
  const { arenaBytes } = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, seed });
  return { arenaBytes, tablesBytes: tableBytes(program), instructions: null };
}
