/** Which layers are worth 16 bits: those whose own rounding costs the outputs most for each byte, all measured. */
import { type Sample, startsSequence } from '../../data/types.ts';
import { createExecutor } from '../../execute/float.ts';
import { elementCount } from '../../graph/tensor.ts';
import type { Graph, Quant, Tensor } from '../../graph/types.ts';
import { fakeQuantize } from '../../ops/quant.ts';
import { inputTensors } from '../calibrate.ts';
import type { QuantizeOptions } from '../quantize-graph.ts';
import { QUANTIZE_DEFAULTS } from '../quantize-graph.ts';
import { planQuantization, type ScaleGroup } from '../scheme.ts';
import { type BitsWish, wideCandidates } from '../wide-layers.ts';
import { floatOutputs, layerCost, type Outputs } from './layer-cost.ts';
import type { NoiseRatio } from './own-noise.ts';
import { samplesForLayers } from './samples-for-layers.ts';
import { createWorkbench } from './workbench.ts';

type BitsRequest = {
  /** A float model, prepared. */
  readonly float: Graph;
  readonly calibration: () => AsyncIterable<Sample>;
  /** What outputs are compared on. */
  readonly samples: readonly Sample[];
  /** How else the model is quantised. */
  readonly options: QuantizeOptions;
  /** Right answers that must be left, in [0, 1]; null to come near to 16 bits everywhere. */
  readonly leastAccuracy: number | null;
  /** RAM that the model may take; null for any. */
  readonly mostBytes: number | null;
  /** Of a quantised graph: right answers; null where nothing has labels. */
  readonly accuracyOf: ((graph: Graph) => Promise<number>) | null;
  readonly arenaOf: (graph: Graph) => number;
  readonly onProgress: (done: number) => void;
};

/** Values that share a scale, as one choice. */
type RankedLayer = {
  /** A value that stands for all of them. */
  readonly value: string;
  /** Error of the outputs where nothing but the 8-bit codes of these values is rounded. */
  readonly cost: NoiseRatio;
  /** What 16 bits take more: a byte for each value. */
  readonly bytes: number;
};

type BitsTrial = {
  readonly layers: readonly string[];
  readonly noise: NoiseRatio;
  readonly accuracy: number | null;
  readonly arenaBytes: number;
};

export type BitsChoice = {
  /** What gains most for each byte first. */
  readonly ranked: readonly RankedLayer[];
  /** By the number of layers. */
  readonly trials: readonly BitsTrial[];
  readonly chosen: BitsTrial;
  /** Whether what was asked for is met. */
  readonly met: boolean;
};

/** Without a goal, the error at the outputs comes within a decibel of that of 16 bits everywhere. */
const NEAR = 10 ** 0.1;

/** So many of the chosen layers are tried without, those that gain least first. */
const LEFT_OUT = 8;

/**
 * Ranks the layers, finds the shortest head of the ranking that meets the goal by halving, and leaves out of it what is not needed. So
 * many trials are the logarithm of the number of layers, and LEFT_OUT.
 * @throws TinymlError as `observeGraph`
 */
export async function chooseBits(request: BitsRequest): Promise<BitsChoice> {
  const { mostBytes, leastAccuracy, accuracyOf, arenaOf } = request;
  const workbench = createWorkbench({ ...request, given: null });
  const make = (layers: readonly string[]): Promise<{ graph: Graph; reference: Graph }> =>
    workbench.make({
      input: null,
      calibrationScale: 1,
      origin: { kind: 'float', options: { ...request.options, bits: wishesFor(layers) } },
    });
  const ranked = await rankLayers(request, await make([]));
  const names = await fitting(
    ranked.map(({ value }) => value),
    async (layers) => mostBytes === null || arenaOf((await make(layers)).graph) <= mostBytes,
  );

  const known = new Map<string, BitsTrial>();
  const attempt = async (layers: readonly string[]): Promise<BitsTrial> => {
    const key = JSON.stringify(layers);
    const found = known.get(key);
    if (found !== undefined) return found;
    const { graph } = await make(layers);
    const trial: BitsTrial = {
      layers,
      noise: await workbench.noise(graph, null),
      accuracy: accuracyOf === null ? null : await accuracyOf(graph),
      arenaBytes: arenaOf(graph),
    };
    known.set(key, trial);
    request.onProgress(known.size);
    return trial;
  };
  const [none, all] = [await attempt([]), await attempt(names)];
  const enough = ({ noise, accuracy }: BitsTrial): boolean =>
    leastAccuracy === null ? noise <= NEAR * all.noise : (accuracy ?? 0) >= leastAccuracy;
  const trialsOf = (): readonly BitsTrial[] =>
    [...known.values()].sort((a, b) => a.layers.length - b.layers.length);
  if (enough(none)) return { ranked, trials: trialsOf(), chosen: none, met: true };
  if (!enough(all)) {
    const best = trialsOf().reduce((least, trial) => (trial.noise < least.noise ? trial : least));
    return { ranked, trials: trialsOf(), chosen: best, met: false };
  }
  const head = await shortestHead(names, attempt, enough);
  const chosen = await withoutNeedless(head, attempt, enough);
  return { ranked, trials: trialsOf(), chosen, met: true };
}

export function wishesFor(layers: readonly string[]): readonly BitsWish[] {
  return layers.map((layer) => ({ layers: layer, bits: 16 }));
}

type Attempt = (layers: readonly string[]) => Promise<BitsTrial>;
type Enough = (trial: BitsTrial) => boolean;

/** The layers that fit together, taken in their order. */
async function fitting(
  names: readonly string[],
  fits: (layers: readonly string[]) => Promise<boolean>,
): Promise<readonly string[]> {
  if (await fits(names)) return names;
  const taken: string[] = [];
  for (const name of names) if (await fits([...taken, name])) taken.push(name);
  return taken;
}

/** The first so many layers that are enough, as if more layers never made it worse. */
async function shortestHead(names: readonly string[], attempt: Attempt, enough: Enough): Promise<BitsTrial> {
  let [few, many] = [0, names.length];
  while (many - few > 1) {
    const middle = (few + many) >> 1;
    if (enough(await attempt(names.slice(0, middle)))) many = middle;
    else few = middle;
  }
  return attempt(names.slice(0, many));
}

/** Single layers of those that gain least are left out where it is enough without. */
async function withoutNeedless(head: BitsTrial, attempt: Attempt, enough: Enough): Promise<BitsTrial> {
  let chosen = head;
  for (const layer of head.layers.toReversed().slice(0, LEFT_OUT)) {
    const without = await attempt(chosen.layers.filter((name) => name !== layer));
    if (enough(without)) chosen = without;
  }
  return chosen;
}

/** @param narrow the model in 8 bits, and what it approximates */
async function rankLayers(
  { samples, options }: BitsRequest,
  { graph, reference }: { readonly graph: Graph; readonly reference: Graph },
): Promise<readonly RankedLayer[]> {
  const { scheme, float } = { ...QUANTIZE_DEFAULTS, ...options };
  const plan = planQuantization(reference, scheme, float);
  const some = samplesForLayers(reference, samples);
  const wanted = floatOutputs(reference, some);
  return wideCandidates(reference, plan, scheme)
    .map((group): RankedLayer => {
      const { members, observed } = group;
      const bytes = members.reduce((sum, name) => sum + elementCount(reference.values.get(name)!.shape), 0);
      const costs = observed.map((value) =>
        roundingCost(reference, value, graph.values.get(value)!.quant!, some, wanted),
      );
      return { value: nameOf(group), cost: costs.reduce((sum, cost) => sum + cost, 0), bytes };
    })
    .filter(({ cost }) => cost > 0)
    .sort((a, b) => b.cost / b.bytes - a.cost / a.bytes);
}

function nameOf({ members, observed }: ScaleGroup): string {
  return observed[0] ?? members[0]!;
}

/** Error of the outputs where one value alone is rounded to its codes. */
function roundingCost(
  float: Graph,
  value: string,
  quant: Quant,
  samples: readonly Sample[],
  wanted: Outputs,
): NoiseRatio {
  return layerCost(
    float,
    { value, moves: false },
    samples,
    exactValues(float, value, samples).map((exact) => fakeQuantize(exact, quant).data as Float32Array),
    wanted,
  );
}

function exactValues(float: Graph, value: string, samples: readonly Sample[]): readonly Tensor[] {
  const port = { name: `measured\n${value}`, value, dtype: 'float32' } as const;
  const executor = createExecutor({ ...float, outputs: [...float.outputs, port] });
  return samples.map((sample) => {
    if (startsSequence(sample)) executor.reset();
    return executor.run(inputTensors(float, sample)).at(-1)!;
  });
}
