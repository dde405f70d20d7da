/** Remedies one by one, and the best of them together: all measured. */
import type { Graph } from '../../graph/types.ts';
import type { NoiseRatio } from './own-noise.ts';
import type { Recipe } from './recipe.ts';
import type { Remedy } from './remedies.ts';
import type { Made, Workbench } from './workbench.ts';

export type Measurement = {
  /** The largest error of an output. */
  readonly noise: NoiseRatio;
  /** Right answers, in [0, 1]; null where it was not measured. */
  readonly accuracy: number | null;
};

type Tried = Measurement & { readonly remedy: Remedy; readonly recipe: Recipe };

export type Found = {
  /** All remedies, the one that gains most first. */
  readonly tried: readonly Tried[];
  /** The best combination; no remedy where nothing helps. */
  readonly best: Measurement & {
    readonly remedies: readonly Remedy[];
    readonly recipe: Recipe;
    readonly made: Made;
  };
};

type SearchOptions = {
  readonly workbench: Workbench;
  readonly start: Recipe;
  readonly before: Measurement;
  readonly made: Made;
  readonly remedies: readonly Remedy[];
  /** Null where nothing has labels. @param recipe what was done to the data */
  readonly accuracyOf: ((graph: Graph, recipe: Recipe) => Promise<number>) | null;
  readonly onProgress: (done: number) => void;
};

/** A remedy counts where it makes the error smaller by this factor: a quarter of a decibel. */
const COUNTS = 10 ** -0.025;
/** Right answers count where they become more by this share, of a remedy for the data: an error is mostly that of large outputs. */
const MORE_RIGHT = 0.05;
/** Accuracy is measured for so many remedies, and so many are tried together; beside them for so many that keep a given model. */
const FOREMOST = 5;
const KEEPING = 2;

/**
 * Measures every remedy alone, then adds those that gained to the best, one by one, as long as the error gets smaller and
 * accuracy does not fall below what it was before any remedy. What answers a problem of the data comes first, and is kept for
 * more right answers, too.
 */
export async function search(options: SearchOptions): Promise<Found> {
  const { workbench, start, before, made, remedies, accuracyOf, onProgress } = options;
  const alone: Tried[] = [];
  for (const remedy of remedies) {
    const recipe = remedy.change(start);
    const { graph } = await workbench.make(recipe);
    alone.push({ remedy, recipe, noise: await workbench.noise(graph, recipe.input), accuracy: null });
    onProgress(alone.length);
  }
  const ranked = alone.sort((a, b) => a.noise - b.noise);
  const answers = ranked.filter(({ remedy }) => remedy.answersData === true);
  const gaining = ranked.filter(
    (one) => one.noise < COUNTS * before.noise && !answers.includes(one) && one.remedy.costly === undefined,
  );
  const helpful = [...answers, ...foremost(gaining)];
  const tried: Tried[] = [];
  for (const one of ranked) {
    const worth = accuracyOf !== null && helpful.includes(one);
    tried.push(
      worth ? { ...one, accuracy: await accuracyOf(await graphOf(workbench, one.recipe), one.recipe) } : one,
    );
  }
  const least = before.accuracy ?? 0;
  let best: Found['best'] = { ...before, remedies: [], recipe: start, made };
  for (const { remedy } of helpful) {
    const recipe = remedy.change(best.recipe);
    if (recipe === best.recipe) continue;
    const next = await workbench.make(recipe);
    const noise = await workbench.noise(next.graph, recipe.input);
    const smaller = noise < COUNTS * best.noise;
    if (!smaller && remedy.answersData !== true) continue;
    const accuracy = accuracyOf === null ? null : await accuracyOf(next.graph, recipe);
    if (smaller ? (accuracy ?? 1) < least : (accuracy ?? 0) < least + MORE_RIGHT) continue;
    best = { noise, accuracy, remedies: [...best.remedies, remedy], recipe, made: next };
  }
  return { tried, best };
}

function foremost(ranked: readonly Tried[]): readonly Tried[] {
  const keeping = ranked.filter(({ recipe }) => recipe.origin.kind === 'given').slice(0, KEEPING);
  return ranked.filter((one, i) => i < FOREMOST || keeping.includes(one));
}

/** Applies all remedies, whatever they gain, and measures what came out. */
export async function applyAll({
  workbench,
  start,
  before,
  made,
  remedies,
  accuracyOf,
}: SearchOptions): Promise<Found> {
  const recipe = remedies.reduce((changed, remedy) => remedy.change(changed), start);
  if (recipe === start) return { tried: [], best: { ...before, remedies: [], recipe, made } };
  const changed = await workbench.make(recipe);
  const noise = await workbench.noise(changed.graph, recipe.input);
  const accuracy = accuracyOf === null ? null : await accuracyOf(changed.graph, recipe);
  return { tried: [], best: { noise, accuracy, remedies, recipe, made: changed } };
}

async function graphOf(workbench: Workbench, recipe: Recipe): Promise<Graph> {
  return (await workbench.make(recipe)).graph;
}
