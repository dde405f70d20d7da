import { type Extent, type FeatureMaps, stripesOf } from './types.ts';

/** The mean of each square of a map, halves up, as the encoder takes it: at the border the last row and column count again. */
export function meansOfSquares(maps: FeatureMaps, side: number): FeatureMaps {
  if (side === 1) return maps;
  const { height, width, channels } = maps;
  const positions = squarePositions(maps, side);
  const of = (codes: Int8Array): Int8Array => {
    const means = new Int8Array(stripesOf(maps, side) * channels);
    for (let i = 0; i < means.length / channels; i++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = (side * side) / 2;
        for (let k = 0; k < side * side; k++) {
          sum += codes[positions[i * side * side + k]! * channels + channel]!;
        }
        means[i * channels + channel] = Math.floor(sum / (side * side));
      }
    }
    return means;
  };
  return {
    height: Math.ceil(height / side),
    width: Math.ceil(width / side),
    channels,
    codes: maps.codes.map(of),
  };
}

/** The positions of each square, side * side of each. */
function squarePositions({ height, width }: Extent, side: number): Int32Array {
  const columns = Math.ceil(width / side);
  return Int32Array.from({ length: Math.ceil(height / side) * columns * side * side }, (_, i) => {
    const [square, k] = [Math.floor(i / (side * side)), i % (side * side)];
    const y = Math.floor(square / columns) * side + Math.floor(k / side);
    const x = (square % columns) * side + (k % side);
    return Math.min(y, height - 1) * width + Math.min(x, width - 1);
  });
}

/** The square that each position lies in. */
export function squareOfPositions({ height, width }: Extent, side: number): Int32Array {
  const columns = Math.ceil(width / side);
  return Int32Array.from(
    { length: height * width },
    (_, i) => Math.floor(Math.floor(i / width) / side) * columns + Math.floor((i % width) / side),
  );
}
