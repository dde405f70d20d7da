/** Makes quantised models by recipe and measures them. What reads the calibration data is done once for all recipes that agree in it. */
import { type InputMap, scaleSamples } from '../../data/scale-samples.ts';
import type { Sample } from '../../data/types.ts';
import { startsSequence } from '../../data/types.ts';
import { createRunner } from '../../engine/index.ts';
import { producers } from '../../graph/rewrite.ts';
import type { Graph, Quant } from '../../graph/types.ts';
import { lower } from '../../lower/lower.ts';
import { planMemory } from '../../program/plan.ts';
import { createSampleRunner } from '../../program/sample.ts';
import { chooseActivations } from '../from-statistics.ts';
import {
  type ObservedGraph,
  observeGraph,
  QUANTIZE_DEFAULTS,
  type QuantizeOptions,
  quantizeObserved,
} from '../quantize-graph.ts';
import { linearNodes, planQuantization, type ScaleGroup } from '../scheme.ts';
import { observerOfGroup, type TensorObservers } from '../tensor-observers.ts';
import { floatOutputs, type Outputs, outputNoise } from './layer-cost.ts';
import type { NoiseRatio } from './own-noise.ts';
import type { Recipe } from './recipe.ts';
import { withScales, withWeights } from './retouch.ts';

export type Bench = {
  /** A float model, prepared. */
  readonly float: Graph;
  /** Its quantised form as it was given; null where it is quantised here. */
  readonly given: Graph | null;
  readonly calibration: () => AsyncIterable<Sample>;
  /** What outputs are compared on. */
  readonly samples: readonly Sample[];
  /** How `quantize` is asked to work; what a given model is recalibrated with, too. */
  readonly options: QuantizeOptions;
};

export type Made = {
  /** What `graph` approximates: the float model, or its equalised form. */
  readonly reference: Graph;
  readonly graph: Graph;
};

export type Workbench = {
  readonly make: (recipe: Recipe) => Promise<Made>;
  /** What outputs are compared on, with `input` done to them. */
  readonly samples: (input: InputMap | null) => Promise<readonly Sample[]>;
  /** The largest error of an output, in the integers of the device. */
  readonly noise: (graph: Graph, input: InputMap | null) => Promise<NoiseRatio>;
};

export function createWorkbench({ float, given, calibration, samples, options }: Bench): Workbench {
  const { groups } = planQuantization(float, options.scheme ?? QUANTIZE_DEFAULTS.scheme);
  const ports = new Set(float.inputs.map(({ value }) => value));
  const ofInputs = groups.filter(({ members }) => members.some((name) => ports.has(name)));
  const observations = new Map<string, Promise<ObservedGraph>>();
  const outputs = new Map<string, Promise<{ mapped: readonly Sample[]; wanted: Outputs }>>();

  const observe = (recipe: Recipe, wishes: QuantizeOptions): Promise<ObservedGraph> =>
    kept(observations, observationKey(ofInputs, recipe, wishes), () =>
      observeGraph(float, () => calibrated(calibration(), recipe), { ...wishes, biasCorrection: true }),
    );
  const measured = (input: InputMap | null): Promise<{ mapped: readonly Sample[]; wanted: Outputs }> =>
    kept(outputs, JSON.stringify(input), async () => {
      const mapped = input === null ? samples : await collected(scaleSamples(stream(samples), input));
      return { mapped, wanted: floatOutputs(float, mapped) };
    });

  return {
    samples: async (input) => (await measured(input)).mapped,
    make: async (recipe) => {
      const { origin } = recipe;
      switch (origin.kind) {
        case 'float': {
          const { graph, reference } = quantizeObserved(
            await observe(recipe, origin.options),
            origin.options,
          );
          return { graph, reference };
        }
        case 'given': {
          const { recalibrated, reweighted } = origin;
          if (recalibrated.length === 0 && reweighted.length === 0)
            return { graph: given!, reference: float };
          const rescaled =
            recalibrated.length === 0
              ? given!
              : withScales(given!, scalesOf(await observe(recipe, options), recalibrated, options));
          return {
            graph: reweighted.reduce((graph, name) => reweigh(graph, float, name), rescaled),
            reference: float,
          };
        }
      }
    },
    noise: async (graph, input) => {
      const { mapped, wanted } = await measured(input);
      return outputNoise(wanted, integerOutputs(graph, mapped));
    },
  };
}

/** Scales by calibration, of every value that shares one with what was named. */
function scalesOf(
  { plan, statistics }: ObservedGraph,
  wanted: readonly string[] | 'all',
  options: QuantizeOptions,
): ReadonlyMap<string, Quant> {
  const { observer, observers, scheme } = { ...QUANTIZE_DEFAULTS, ...options };
  const groups = plan.groups.filter(
    ({ fixed, members }) =>
      fixed === null && (wanted === 'all' || members.some((name) => wanted.includes(name))),
  );
  const chosen = { ...plan, groups };
  return chooseActivations(chosen, statistics, observerOfGroup(plan, observer, observers), scheme)
    .activations;
}

function reweigh(graph: Graph, float: Graph, name: string): Graph {
  const linear = linearNodes(float).find(({ node }) => node.name === name)!;
  const node = producers(graph).get(linear.node.outputs[0]!) ?? graph.nodes.find((one) => one.name === name)!;
  return withWeights(graph, float, linear, node);
}

/** Recipes with the same key need the same of the calibration data. @param inputs groups of the inputs */
function observationKey(
  inputs: readonly ScaleGroup[],
  { input, calibrationScale }: Recipe,
  options: QuantizeOptions,
): string {
  const { equalize, smooth, rounding, observer, observers, float } = { ...QUANTIZE_DEFAULTS, ...options };
  const wishes: TensorObservers = observers;
  const ofInputs = inputs.map(({ members }) =>
    members.reduce((kind, name) => wishes.get(name)?.kind ?? kind, observer.kind),
  );
  return JSON.stringify([input, calibrationScale, equalize, smooth, rounding, ofInputs, float]);
}

/** As `--calibration-scale` works: behind the preprocessing. */
export function calibrated(
  samples: AsyncIterable<Sample>,
  { input, calibrationScale }: Pick<Recipe, 'input' | 'calibrationScale'>,
): AsyncIterable<Sample> {
  const mapped = input === null ? samples : scaleSamples(samples, input);
  return calibrationScale === 1 ? mapped : scaleSamples(mapped, { factor: calibrationScale, offset: 0 });
}

/** Outputs as the device computes them, dequantised. */
function integerOutputs(graph: Graph, samples: readonly Sample[]): Outputs {
  const program = lower(graph);
  const plan = planMemory(program, { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 });
  const runner = createRunner(program, plan);
  const run = createSampleRunner(program, plan, runner);
  return samples.map((sample) => {
    if (startsSequence(sample)) runner.reset();
    return run(sample.inputs);
  });
}

function kept<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = make();
  known.set(key, made);
  return made;
}

async function collected(samples: AsyncIterable<Sample>): Promise<readonly Sample[]> {
  const all: Sample[] = [];
  for await (const sample of samples) all.push(sample);
  return all;
}

export async function* stream(samples: readonly Sample[]): AsyncIterable<Sample> {
  yield* samples;
}
