/** `quantize --bits auto`: the layers that are worth 16 bits, measured, and the command line that names them. */
import { firstSamples } from '../data/subset.ts';
import type { Dataset, Sample } from '../data/types.ts';
import { TinymlError } from '../diagnostics/errors.ts';
import { firstOf } from '../diagnostics/lists.ts';
import { during } from '../diagnostics/progress.ts';
import { formatCount, formatDecibels, formatPercent } from '../diagnostics/units.ts';
import { accuracyOf, evaluate } from '../execute/evaluate.ts';
import { predictFloat } from '../execute/predict.ts';
import { predictQuantized } from '../execute/predict-quantized.ts';
import { elementCount } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { lower } from '../lower/lower.ts';
import { planMemory } from '../program/plan.ts';
import { type BitsChoice, chooseBits, wishesFor } from '../quantize/diagnose/choose-bits.ts';
import { decibels } from '../quantize/diagnose/diagnose.ts';
import { weightBitsText } from '../quantize/four-bit-weights.ts';
import type { QuantizeRequest } from '../quantize/quantize-model.ts';
import { TFLITE_INT8 } from '../quantize/scheme.ts';
import { textTable } from '../report/table.ts';
import type { Target } from '../targets/target.ts';
import type { Context } from './context.ts';
import { passedOn } from './diagnose-recipes.ts';
import { numberOption, type Options, requiredText } from './options.ts';
import { shellLine } from './shell-words.ts';

/** What outputs are compared on. */
const SAMPLES = 64;
const VALUES = 2 ** 24;

type AutomaticRequest = {
  readonly path: string;
  readonly graph: Graph;
  readonly calibration: () => AsyncIterable<Sample>;
  readonly evaluation: Dataset | null;
  readonly request: QuantizeRequest;
  readonly target: Target | null;
  readonly options: Options;
};

type AutomaticBits = {
  readonly request: Pick<QuantizeRequest, 'bits'>;
  readonly choice: BitsChoice;
  /** That makes the same file without choosing. */
  readonly command: string;
};

/** @throws TinymlError E_USAGE for a target with precisions of its own, and for a limit on accuracy without labels; as `chooseBits` */
export async function automaticBits(
  { path, graph, calibration, evaluation, request, target, options }: AutomaticRequest,
  context: Context,
): Promise<AutomaticBits> {
  if (target !== null && target.scheme === null) {
    throw new TinymlError('E_USAGE', `${target.id} does not compute with 16-bit codes`, {
      at: '--bits auto',
      hint: 'leave it out: it is for microcontrollers',
    });
  }
  const drop = numberOption(options, 'max-drop');
  const least = numberOption(options, 'min-accuracy');
  if ((drop !== undefined || least !== undefined) && evaluation === null) {
    throw new TinymlError('E_USAGE', 'a limit on accuracy needs labelled data to choose layers by', {
      at: drop === undefined ? '--min-accuracy' : '--max-drop',
      hint: 'give --eval',
    });
  }
  const floatAccuracy =
    evaluation === null || drop === undefined
      ? null
      : accuracyOf(await evaluate(predictFloat(graph, context.jobs), evaluation));
  const wanted = [
    ...(floatAccuracy === null || drop === undefined ? [] : [floatAccuracy - drop]),
    ...(least === undefined ? [] : [least]),
  ];
  const task = context.progress('choose layers for 16 bits', null, 'trials');
  const choice = await during(
    task,
    chooseBits({
      float: graph,
      calibration,
      samples: await someSamples(graph, calibration()),
      options: { ...request, scheme: target?.scheme ?? TFLITE_INT8 },
      leastAccuracy: wanted.length === 0 ? null : Math.max(...wanted),
      mostBytes: numberOption(options, 'bits-ram') ?? null,
      accuracyOf:
        evaluation === null
          ? null
          : async (made) => accuracyOf(await evaluate(predictQuantized(made, context.jobs), evaluation)) ?? 0,
      arenaOf: (made) =>
        planMemory(lower(made), { library: 'builtin', core: { dsp: false, mve: false }, restarts: 0 })
          .arenaBytes,
      onProgress: task.update,
    }),
  );
  const bits = wishesFor(choice.chosen.layers);
  const words = [
    ...['tinyml', 'quantize', path, '-o', requiredText(options, 'output')],
    ...passedOn('quantize', withoutChoice(options), false),
    ...bits.flatMap((wish) => ['--bits', `${wish.layers}=${wish.bits}`]),
    ...(request.weightBits ?? []).flatMap((wish) => ['--weight-bits', weightBitsText(wish)]),
  ];
  return { request: { bits }, choice, command: shellLine(words) };
}

function withoutChoice({ bits: _, 'bits-ram': __, ...others }: Options): Options {
  return others;
}

async function someSamples(graph: Graph, samples: AsyncIterable<Sample>): Promise<readonly Sample[]> {
  const perSample = graph.inputs.reduce(
    (sum, { value }) => sum + elementCount(graph.values.get(value)!.shape),
    0,
  );
  const count = Math.min(SAMPLES, Math.max(1, Math.floor(VALUES / Math.max(perSample, 1))));
  const all: Sample[] = [];
  for await (const sample of firstSamples(samples, count)) all.push(sample);
  return all;
}

export function automaticText({ choice, command }: AutomaticBits): string {
  const { ranked, trials, chosen, met } = choice;
  const costs = new Map(ranked.map(({ value, cost }) => [value, cost]));
  const table = textTable(
    [
      { title: '' },
      { title: '16 bits', align: 'right' },
      { title: 'SQNR at the outputs', align: 'right' },
      ...(chosen.accuracy === null ? [] : [{ title: 'accuracy', align: 'right' } as const]),
      { title: 'arena', align: 'right' },
    ],
    trials.map((trial) => [
      trial === chosen ? '*' : '',
      String(trial.layers.length),
      formatDecibels(decibels(trial.noise) ?? Number.POSITIVE_INFINITY),
      ...(trial.accuracy === null ? [] : [formatPercent(trial.accuracy)]),
      `${formatCount(trial.arenaBytes)} B`,
    ]),
  );
  const alone = (value: string): string => {
    const db = decibels(costs.get(value) ?? 0);
    return db === null ? value : `${value} (${formatDecibels(db)} alone)`;
  };
  const names = chosen.layers.length === 0 ? 'none' : firstOf(chosen.layers.map(alone));
  return `${table}\n\nchosen${met ? '' : ' (the goal is not met)'}: ${names}\nthe same again: ${command}`;
}

export function automaticJson({ choice: { ranked, trials, chosen, met }, command }: AutomaticBits): object {
  const trialJson = ({ layers, noise, accuracy, arenaBytes }: BitsChoice['chosen']): object => ({
    layers,
    sqnrDb: decibels(noise),
    accuracy,
    arenaBytes,
  });
  return {
    ranked: ranked.map(({ value, cost, bytes }) => ({ value, sqnrDb: decibels(cost), bytes })),
    trials: trials.map(trialJson),
    chosen: trialJson(chosen),
    met,
    command,
  };
}
