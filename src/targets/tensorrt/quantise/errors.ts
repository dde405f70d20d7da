/** How far what is computed with Q/DQ pairs is from the float values, on a few samples. */
import { type Sample, startsSequence } from '../../../data/types.ts';
import { createExecutor } from '../../../execute/float.ts';
import { elementCount } from '../../../graph/tensor.ts';
import type { Graph, Node, Tensor } from '../../../graph/types.ts';
import { inputTensors } from '../../../quantize/calibrate.ts';
import { sqnrDb } from '../../../quantize/sqnr.ts';
import type { Int8Layer } from './placement.ts';
import { runnableForm } from './runnable.ts';
import { type Scales, writeTwins } from './write.ts';

/** As `sqnrDb`, but infinite without an error: it can be compared. */
type Sqnr = number;

/** Samples that the errors are measured on: what calibration read, but no more values than so many in all. */
const SAMPLES = 32;
const VALUES = 2 ** 26;

export async function samplesToMeasure(
  graph: Graph,
  samples: AsyncIterable<Sample>,
): Promise<readonly Sample[]> {
  const perSample = [...graph.values.values()].reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const count = Math.min(SAMPLES, Math.max(1, Math.floor(VALUES / perSample)));
  const taken: Sample[] = [];
  for await (const sample of samples) {
    taken.push(sample);
    if (taken.length === count) break;
  }
  return taken;
}

/** The error that each layer makes by itself: it reads rounded operands, all layers before it are in float. */
export function errorsAlone(
  graph: Graph,
  layers: readonly Int8Layer[],
  scales: Scales,
  samples: readonly Sample[],
): ReadonlyMap<Node, Sqnr> {
  const errors = layers.map(() => ({ signal: 0, noise: 0 }));
  forEachRun(runnableForm(writeTwins(graph, layers, scales)), samples, (outputs) => {
    const pairs = outputs.slice(outputs.length - 2 * layers.length);
    for (const [i, error] of errors.entries()) addError(error, pairs[2 * i]!, pairs[2 * i + 1]!);
  });
  return new Map(layers.map(({ node }, i) => [node, sqnrOf(errors[i]!)]));
}

/** The float outputs of a graph for samples, against which others are held. */
export function outputsOf(graph: Graph, samples: readonly Sample[]): readonly (readonly Tensor[])[] {
  const all: (readonly Tensor[])[] = [];
  forEachRun(graph, samples, (outputs) => all.push(outputs.filter(({ dtype }) => dtype === 'float32')));
  return all;
}

/** The least of the outputs' signal to error. */
export function outputError(
  graph: Graph,
  samples: readonly Sample[],
  wanted: readonly (readonly Tensor[])[],
): Sqnr {
  const errors = (wanted[0] ?? []).map(() => ({ signal: 0, noise: 0 }));
  outputsOf(graph, samples).forEach((outputs, sample) => {
    for (const [i, error] of errors.entries()) addError(error, wanted[sample]![i]!, outputs[i]!);
  });
  return errors.reduce((least, error) => Math.min(least, sqnrOf(error)), Number.POSITIVE_INFINITY);
}

function forEachRun(
  graph: Graph,
  samples: readonly Sample[],
  visit: (outputs: readonly Tensor[]) => void,
): void {
  const executor = createExecutor(graph);
  for (const sample of samples) {
    if (startsSequence(sample)) executor.reset();
    visit(executor.run(inputTensors(graph, sample)));
  }
}

type ErrorSum = { signal: number; noise: number };

function addError(sum: ErrorSum, { data: wanted }: Tensor, { data: got }: Tensor): void {
  for (let i = 0; i < wanted.length; i++) {
    const value = Number(wanted[i]);
    sum.signal += value ** 2;
    sum.noise += (value - Number(got[i])) ** 2;
  }
}

function sqnrOf({ signal, noise }: ErrorSum): Sqnr {
  return sqnrDb(signal, noise) ?? Number.POSITIVE_INFINITY;
}

/** For reports: null without an error. */
export function decibels(error: Sqnr): number | null {
  return Number.isFinite(error) ? error : null;
}
