/** Gates that learn nothing: differences against a threshold, and chance. */
import { graphBuilder, int } from '../graph/build.ts';
import { STATISTIC_LIMITS } from '../graph/gates.ts';
import { floatTensor, int64Tensor } from '../graph/tensor.ts';
import type { Graph } from '../graph/types.ts';
import { seededRandom } from '../numbers/random.ts';

/**
 * Means of whole codes are multiples of 1/n, for patches of n elements. Thresholds lie a little above such, so that no mean is
 * one but for rounding, which would decide otherwise with every order of the sum. Less than half of 1/n up to n = 4096.
 */
const TIE = 1 / 8192;

/** Rows and columns of patches. */
type Grid = { readonly rows: number; readonly columns: number };

/**
 * Patches are active where they changed by more than `threshold` codes on average; for a threshold of 0 where any element
 * changed at all, so that nothing is lost.
 */
export function diffNetwork({ rows, columns }: Grid, threshold: number): Graph {
  const { meanChange, maxChange } = STATISTIC_LIMITS;
  const b = graphBuilder('diff');
  const statistics = b.input('statistics', [1, 4, rows, columns]);
  const weights = threshold > 0 ? [meanChange, 0, 0, 0] : [0, maxChange, 0, 0];
  const operands = [
    statistics,
    b.constant('weights', floatTensor([1, 4, 1, 1], weights)),
    b.constant('bias', floatTensor([1], [threshold > 0 ? -threshold - TIE : 0])),
  ];
  b.output(b.node('Conv', operands, { name: 'scores', shape: [1, 1, rows, columns] }));
  return b.build();
}

/** Masks of the random gate until the first comes again. */
const RANDOM_MASKS = 16;

/**
 * Every frame computes another random choice of patches: `skip` of all patches, rounded, are kept. Drawn once, for 16
 * frames: a ring of state, one element of which is 1, moves on with every frame and picks the column of the scores. All
 * its values are 0 or 1, so that codes hold them exactly.
 */
export function randomNetwork({ rows, columns }: Grid, skip: number, seed: number): Graph {
  const patches = rows * columns;
  const ring = [1, RANDOM_MASKS, 1, 1];
  const b = graphBuilder('random');
  const old = b.input('ring', ring);
  // The first element is 1 where none of those that stay on the ring is: at the start, and when one falls off.
  const starts = Array.from({ length: RANDOM_MASKS }, (_, i) => (i < RANDOM_MASKS - 1 ? -1 : 0));
  const first = b.node(
    'Conv',
    [
      old,
      b.constant('start_weights', floatTensor([1, RANDOM_MASKS, 1, 1], starts)),
      b.constant('start_bias', floatTensor([1], [1])),
    ],
    { name: 'start', shape: [1, 1, 1, 1] },
  );
  const bounds = [0, RANDOM_MASKS - 1, 1].map((bound, i) => b.constant(`bound${i}`, int64Tensor([bound])));
  const rest = b.node('Slice', [old, ...bounds], { name: 'rest', shape: [1, RANDOM_MASKS - 1, 1, 1] });
  const next = b.node('Concat', [first, rest], {
    name: 'next_ring',
    shape: ring,
    attributes: { axis: int(1) },
  });
  const weights = b.constant(
    'masks',
    floatTensor([patches, RANDOM_MASKS, 1, 1], randomMasks(patches, skip, seed)),
  );
  const scores = b.node('Conv', [next, weights], { name: 'column', shape: [1, patches, 1, 1] });
  const shape = b.constant('grid', int64Tensor([1, 1, rows, columns]));
  b.output(b.node('Reshape', [scores, shape], { name: 'scores', shape: [1, 1, rows, columns] }));
  b.output(next);
  b.tie('ring', 'next_ring');
  return b.build();
}

/** [patches, masks] of 1 (active) and -1, each column with the same number of active patches. */
function randomMasks(patches: number, skip: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  const active = Math.round((1 - skip) * patches);
  const masks = new Float32Array(patches * RANDOM_MASKS).fill(-1);
  for (let mask = 0; mask < RANDOM_MASKS; mask++) {
    const order = Array.from({ length: patches }, (_, patch) => patch);
    for (let drawn = 0; drawn < active; drawn++) {
      const other = drawn + Math.floor(random() * (patches - drawn));
      [order[drawn], order[other]] = [order[other]!, order[drawn]!];
      masks[order[drawn]! * RANDOM_MASKS + mask] = 1;
    }
  }
  return masks;
}
