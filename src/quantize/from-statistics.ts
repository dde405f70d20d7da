/** From what calibration saw to the quantised graph: the choices, without the data. */
import { perTensor } from '../graph/build.ts';
import type { Graph, Quant } from '../graph/types.ts';
import { activationQuant } from './affine.ts';
import { applyQuantization } from './apply.ts';
import { meansOf, type Statistics } from './calibrate.ts';
import type { Range } from './observers/histogram.ts';
import { type ObserverKind, observedRange } from './observers/index.ts';
import type { QuantPlan, Scheme } from './scheme.ts';

/** The quantisation of one activation and what it was chosen from. */
export type TensorReport = {
  readonly name: string;
  /** Extent of the values seen. */
  readonly seen: Range;
  /** Extent that the codes cover. */
  readonly covered: Range;
  readonly scale: number;
  readonly zeroPoint: number;
};

type Settings = {
  readonly observer: ObserverKind;
  readonly io: 'int8' | 'float';
  readonly scheme: Scheme;
  readonly biasCorrection: boolean;
};

/** The quantised graph, and how each activation was quantised. `plan` and `statistics` are those of `graph`. */
export function quantizeFromStatistics(
  graph: Graph,
  plan: QuantPlan,
  statistics: Statistics,
  { observer, io, scheme, biasCorrection }: Settings,
): { graph: Graph; tensors: readonly TensorReport[] } {
  const { activations, tensors } = chooseActivations(plan, statistics, observer, scheme);
  const inputMeans = biasCorrection
    ? new Map([...statistics.channelSums].map(([name, sums]) => [name, meansOf(sums)]))
    : null;
  return {
    graph: applyQuantization(graph, plan, { activations, inputMeans, weights: 'rounded', io }),
    tensors,
  };
}

function chooseActivations(
  plan: QuantPlan,
  statistics: Statistics,
  observer: ObserverKind,
  scheme: Scheme,
): { activations: ReadonlyMap<string, Quant>; tensors: readonly TensorReport[] } {
  const activations = new Map<string, Quant>();
  const tensors: TensorReport[] = [];
  for (const group of plan.groups) {
    const histogram = statistics.histograms.get(group)!;
    const quant =
      group.fixed === null
        ? activationQuant(observedRange(histogram, observer, scheme.activations), scheme.activations)
        : perTensor(group.fixed.scale, group.fixed.zeroPoint);
    const [scale, zeroPoint] = [quant.scale[0]!, quant.zeroPoint[0]!];
    const real = (code: number): number => (code - zeroPoint) * scale;
    const seen = histogram.total === 0 ? { min: 0, max: 0 } : { min: histogram.min, max: histogram.max };
    const covered = { min: real(scheme.activations.min), max: real(scheme.activations.max) };
    for (const name of group.members) {
      activations.set(name, quant);
      tensors.push({ name, seen, covered, scale, zeroPoint });
    }
  }
  return { activations, tensors };
}
