/** One network of a space: what it chose, drawn, mutated and crossed with random numbers that are given. */
import type { Space, Stage } from './space.ts';

export type Candidate = {
  /** Height and width of the image. */
  readonly size: readonly [number, number];
  readonly width: number;
  /** One for each stage of the space. */
  readonly stages: readonly Chosen[];
  readonly head: Space['head'][number];
};

/** Stages have their choices under these names. */
const GENES = ['kind', 'channels', 'depth', 'kernel', 'expansion', 'stride', 'pool'] as const;

type Gene = (typeof GENES)[number];

/** One of the choices of a stage, of each. */
export type Chosen = { readonly [G in Gene]: Stage[G][number] };

type Choice = Chosen[Gene];

type Random = () => number;

/** Any network of a space, of the size and the width that are given. */
export function draw(
  { stages, head }: Space,
  size: Candidate['size'],
  width: number,
  random: Random,
): Candidate {
  return {
    size,
    width,
    stages: stages.map((stage) => chosenBy((gene) => pick<Choice>(stage[gene], random))),
    head: pick(head, random),
  };
}

/** The network of a size that does nothing but tell classes by the mean of the image: what goes in and out is as of all of this size. */
export function barest(size: Candidate['size']): Candidate {
  return { size, width: 1, stages: [], head: 'average' };
}

/** Each choice drawn anew with a probability; at least one changes, where any can. */
export function mutate({ stages, head }: Space, parent: Candidate, rate: number, random: Random): Candidate {
  const open = stages.flatMap((stage, index) =>
    GENES.filter((gene) => stage[gene].length > 1).map((gene) => ({ index, gene })),
  );
  const sure = open[Math.floor(random() * open.length)];
  return {
    ...parent,
    stages: parent.stages.map((own, index) =>
      chosenBy((gene) => {
        const isSure = sure?.index === index && sure.gene === gene;
        const others = (stages[index]![gene] as readonly Choice[]).filter((one) => one !== own[gene]);
        return others.length > 0 && (isSure || random() < rate) ? pick(others, random) : own[gene];
      }),
    ),
    head: random() < rate ? pick(head, random) : parent.head,
  };
}

/** @param choose one of the choices of each name */
function chosenBy(choose: (gene: Gene) => Choice): Chosen {
  return Object.fromEntries(GENES.map((gene) => [gene, choose(gene)])) as Chosen;
}

/** Each stage from one of two parents; size, width and head are those of the first. */
export function cross(a: Candidate, b: Candidate, random: Random): Candidate {
  return { ...a, stages: a.stages.map((stage, index) => (random() < 0.5 ? stage : b.stages[index]!)) };
}

const LETTERS = { conv: 'c', separable: 's', inverted: 'i', residual: 'r' } as const;

/**
 * Names it, e.g. `28x28 w0.5 c16k3p i24k5e4s2x2 flat`: of each stage the kind, channels before the width, kernel, expansion, stride, depth and pool.
 * Candidates with the same key are the same network.
 */
export function keyOf({ size, width, stages, head }: Candidate): string {
  const parts = stages.flatMap(({ kind, channels, depth, kernel, expansion, stride, pool }) => {
    if (depth === 0) return [];
    const inner = kind === 'inverted' ? `e${Number(expansion.toFixed(2))}` : '';
    const strided = stride === 1 ? '' : `s${stride}`;
    return [
      `${LETTERS[kind]}${channels}k${kernel}${inner}${strided}${depth === 1 ? '' : `x${depth}`}${pool ? 'p' : ''}`,
    ];
  });
  return [`${size[1]}x${size[0]}`, `w${width}`, ...parts, ...(head === 'flatten' ? ['flat'] : [])].join(' ');
}

/** Channels of a width: multiples of 4, which every core computes at once, at least 4. */
export function widened(channels: number, width: number): number {
  return Math.max(4, 4 * Math.round((channels * width) / 4));
}

function pick<T>(choices: readonly T[], random: Random): T {
  return choices[Math.floor(random() * choices.length)]!;
}
