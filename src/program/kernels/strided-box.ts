/** Elementwise kernels of operands that broadcast: a box of four axes, a stride of each operand along each, 0 where it repeats. */
import { RANGE, type Range } from '../signature.ts';

export type BoxSizes = {
  readonly size0: number;
  readonly size1: number;
  readonly size2: number;
  readonly size3: number;
};

export const boxSizes: { readonly [K in keyof BoxSizes]: Range } = {
  size0: RANGE.count,
  size1: RANGE.count,
  size2: RANGE.count,
  size3: RANGE.count,
};

/** Where an operand lies: the offset of its first element, and strides in elements, which may be negative. */
export type Walk<Name extends string> = {
  readonly [K in `${Name}${'Offset' | 'Stride0' | 'Stride1' | 'Stride2' | 'Stride3'}`]: number;
};

/** A rule keeps the walk inside. */
export function walkParams<Name extends string>(name: Name): { readonly [K in keyof Walk<Name>]: Range } {
  const parts = ['Offset', 'Stride0', 'Stride1', 'Stride2', 'Stride3'];
  return Object.fromEntries(
    parts.map((part) => [`${name}${part}`, part === 'Offset' ? RANGE.any : RANGE.stride]),
  ) as {
    readonly [K in keyof Walk<Name>]: Range;
  };
}

/** Calls `visit` with the place of every element of the box in each operand that is named, and in the output, row-major. */
export function forEachPlace(
  params: Readonly<Record<string, number>>,
  names: readonly string[],
  visit: (places: readonly number[], output: number) => void,
): void {
  const [sizes, ...walks] = ['size', ...names].map((name) =>
    [0, 1, 2, 3].map((k) => params[name === 'size' ? `size${k}` : `${name}Stride${k}`]!),
  ) as [number[], ...number[][]];
  let output = 0;
  for (let a = 0; a < sizes[0]!; a++) {
    for (let b = 0; b < sizes[1]!; b++) {
      for (let c = 0; c < sizes[2]!; c++) {
        for (let d = 0; d < sizes[3]!; d++, output++) {
          const place = (strides: readonly number[], i: number): number =>
            params[`${names[i]}Offset`]! +
            a * strides[0]! +
            b * strides[1]! +
            c * strides[2]! +
            d * strides[3]!;
          visit(walks.map(place), output);
        }
      }
    }
  }
}
