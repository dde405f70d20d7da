/** What may help a quantised model. Nothing of it is promised: every remedy is measured (`search.ts`). */
import type { Graph } from '../../graph/types.ts';
import { observerOfKind } from '../choose-observer.ts';
import { hasFloatKernel } from '../float-layers.ts';
import type { ObserverKind } from '../observers/index.ts';
import { OBSERVERS } from '../observers/kinds.ts';
import { QUANTIZE_DEFAULTS, type QuantizeOptions } from '../quantize-graph.ts';
import { planQuantization, type ScaleGroup, TFLITE_INT8 } from '../scheme.ts';
import { wideCandidates } from '../wide-layers.ts';
import type { LayerDiagnosis } from './diagnose.ts';
import { type Recipe, withOptions } from './recipe.ts';

export type Remedy = {
  /** Names it on the command line; no two have the same. */
  readonly id: string;
  readonly text: string;
  /** Whether it answers a problem of the data, which is found without quantising. */
  readonly answersData?: true;
  readonly change: (recipe: Recipe) => Recipe;
  /** Measured, and applied where it is asked for, but never put together with others: it makes a model larger and slower. */
  readonly costly?: true;
};

/** Single tensors and layers are tried for so many of those that cost most. */
const WORST = 3;

type RemedyContext = {
  readonly float: Graph;
  /** Whether a quantised model was given. */
  readonly given: boolean;
  readonly options: QuantizeOptions;
  /** Those that cost most first. */
  readonly layers: readonly LayerDiagnosis[];
  /** Whether layers may be left in float32. */
  readonly floatLayers: boolean;
  /** Quotient of the ranges of evaluation and calibration data, where they disagree; else null. */
  readonly calibrationScale: number | null;
};

export function remediesFor(context: RemedyContext): readonly Remedy[] {
  const { given, calibrationScale } = context;
  return [
    ...(calibrationScale === null ? [] : [rescaled(calibrationScale)]),
    ...(given ? retouches(context) : ofTensors(context)),
    ...ofAll(context),
    ...inWide(context),
    ...(context.floatLayers ? inFloat(context) : []),
  ];
}

function rescaled(factor: number): Remedy {
  return {
    id: `calibration-scale=${factor}`,
    text: `multiply the calibration data by ${factor}`,
    answersData: true,
    change: (recipe) => ({ ...recipe, calibrationScale: factor }),
  };
}

/** Whole settings of `quantize`. With a given model: quantise the float one anew. */
function ofAll({ given, options }: RemedyContext): readonly Remedy[] {
  const base = { ...QUANTIZE_DEFAULTS, ...options };
  const remedy = (id: string, text: string, change: QuantizeOptions): Remedy => ({
    id: given ? `anew+${id}` : id,
    text: given ? `quantise the float model anew, and ${text}` : text,
    change: (recipe) => withOptions(recipe, options, change),
  });
  const others = OBSERVERS.filter((kind) => kind !== base.observer.kind);
  return [
    ...(given
      ? [
          {
            id: 'anew',
            text: 'quantise the float model anew',
            change: (recipe: Recipe) => withOptions(recipe, options, {}),
          },
        ]
      : []),
    ...(base.equalize
      ? []
      : [remedy('equalize', 'equalise weight ranges across layers', { equalize: true })]),
    ...(base.smooth
      ? []
      : [
          remedy('smooth', 'move outlier channels of activations into the weights behind them', {
            smooth: true,
          }),
        ]),
    ...(base.biasCorrection
      ? []
      : [
          remedy('bias-correction', 'take the mean error of rounded weights off the biases', {
            biasCorrection: true,
          }),
        ]),
    ...(base.weightRange === 'mse'
      ? []
      : [
          remedy('weights=mse', 'clip the weights of each channel where that makes their error smaller', {
            weightRange: 'mse',
          }),
        ]),
    ...(base.rounding === 'adaptive'
      ? []
      : [
          remedy('round=adaptive', 'round weights by what they do to the outputs of their layer', {
            rounding: 'adaptive',
          }),
        ]),
    ...others.map((kind) =>
      remedy(`observer=${kind}`, `choose all ranges by ${kind}`, { observer: observerOfKind(kind) }),
    ),
  ];
}

/** The layers that cost most in float32, one each. */
function inFloat({ float, given, options, layers }: RemedyContext): readonly Remedy[] {
  return layers
    .filter(({ name, cost }) => cost > 0 && hasFloatKernel(float, name))
    .slice(0, WORST)
    .map(
      ({ name }): Remedy => ({
        id: given ? `anew+float=${name}` : `float=${name}`,
        text: `${given ? 'quantise the float model anew, and ' : ''}leave ${name} in float32`,
        costly: true,
        change: (recipe) => {
          const now = (recipe.origin.kind === 'float' ? recipe.origin.options : options).float ?? [];
          return withOptions(recipe, options, { float: [...now, name] });
        },
      }),
    );
}

/** The layers that cost most with 16-bit codes, one each. */
function inWide({ float, given, options, layers }: RemedyContext): readonly Remedy[] {
  const { scheme, float: inFloat } = { ...QUANTIZE_DEFAULTS, ...options };
  const candidates = wideCandidates(float, planQuantization(float, scheme, inFloat), scheme);
  const able = new Set(candidates.flatMap(({ members }) => members));
  return layers
    .filter(({ value, cost }) => cost > 0 && able.has(value))
    .slice(0, WORST)
    .map(
      ({ name, value }): Remedy => ({
        id: given ? `anew+bits=${value}` : `bits=${value}`,
        text: `${given ? 'quantise the float model anew, and ' : ''}${float.inputs.some((port) => port.value === value) ? `take the input ${name}` : `compute ${name}`} with 16-bit codes`,
        costly: true,
        change: (recipe) => {
          const now = (recipe.origin.kind === 'float' ? recipe.origin.options : options).bits ?? [];
          return withOptions(recipe, options, { bits: [...now, { layers: value, bits: 16 }] });
        },
      }),
    );
}

/** Another observer for the tensors of the layers that cost most. */
function ofTensors({ float, options, layers }: RemedyContext): readonly Remedy[] {
  const base = { ...QUANTIZE_DEFAULTS, ...options };
  return worstGroups(float, layers).flatMap(({ value, group }) => {
    const known = group.members.reduce<ObserverKind['kind']>(
      (kind, name) => (options.observers ?? new Map()).get(name)?.kind ?? kind,
      base.observer.kind,
    );
    return OBSERVERS.filter((kind) => kind !== known).map(
      (kind): Remedy => ({
        id: `observer-of=${value}=${kind}`,
        text: `choose the range of ${value} by ${kind}`,
        change: (recipe) => {
          const now = recipe.origin.kind === 'float' ? recipe.origin.options.observers : options.observers;
          const others = [...(now ?? [])].filter(([name]) => !group.members.includes(name));
          return withOptions(recipe, options, {
            observers: new Map([...others, [value, observerOfKind(kind)]]),
          });
        },
      }),
    );
  });
}

/** Single scales and weights of a given model. */
function retouches({ float, layers }: RemedyContext): readonly Remedy[] {
  const change =
    (edit: (origin: Extract<Recipe['origin'], { kind: 'given' }>) => Recipe['origin']): Remedy['change'] =>
    (recipe) =>
      recipe.origin.kind === 'given' ? { ...recipe, origin: edit(recipe.origin) } : recipe;
  const recalibrations = worstGroups(float, layers).map(
    ({ value }): Remedy => ({
      id: `recalibrate=${value}`,
      text: `choose the range of ${value} anew, from the calibration data`,
      change: change((origin) =>
        origin.recalibrated === 'all' ? origin : { ...origin, recalibrated: [...origin.recalibrated, value] },
      ),
    }),
  );
  const all: Remedy = {
    id: 'recalibrate',
    text: 'choose all ranges anew, from the calibration data',
    change: change((origin) => ({ ...origin, recalibrated: 'all' })),
  };
  const weights = layers
    .filter(({ ownWeights }) => ownWeights > 0)
    .slice(0, WORST)
    .map(
      ({ name }): Remedy => ({
        id: `reweigh=${name}`,
        text: `round the weights of ${name} anew, from the float model`,
        change: change((origin) => ({ ...origin, reweighted: [...origin.reweighted, name] })),
      }),
    );
  return [...recalibrations, all, ...weights];
}

/** The groups of values with one scale that cost most, by the layer that speaks for them. */
function worstGroups(
  float: Graph,
  layers: readonly LayerDiagnosis[],
): readonly { readonly value: string; readonly group: ScaleGroup }[] {
  const { groups } = planQuantization(float, TFLITE_INT8);
  const seen = new Set<ScaleGroup>();
  return layers
    .flatMap(({ value, cost }) => {
      const group = groups.find(({ members }) => members.includes(value));
      if (cost === 0 || group === undefined || seen.has(group)) return [];
      if (group.fixed !== null || group.multiple !== null) return [];
      seen.add(group);
      return [{ value, group }];
    })
    .slice(0, WORST);
}
