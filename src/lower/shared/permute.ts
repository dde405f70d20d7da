/**
 * Row-major `data` of `shape` reordered so that axis i of the result is axis permutation[i] of the source; the data itself
 * where nothing moves.
 */
export function permute<Data extends Int8Array | Int16Array | Float32Array>(
  data: Data,
  shape: readonly number[],
  permutation: readonly number[],
): Data {
  const moving = permutation.filter((axis) => shape[axis] !== 1);
  if (moving.every((axis, i) => i === 0 || axis > moving[i - 1]!)) return data;
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const target = permutation.map((axis) => shape[axis]!);
  const steps = permutation.map((axis) => strides[axis]!);
  const result = data.slice() as Data;
  const index = new Array<number>(target.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = target.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < target[axis]!) break;
      from -= steps[axis]! * target[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}

/** Columns of [rows][columns] in the order in which the activation's bytes lie. */
export function reorderColumns<Data extends Int8Array | Float32Array>(
  data: Data,
  rows: number,
  order: Int32Array,
): Data {
  const columns = order.length;
  const result = data.slice() as Data;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[row * columns + column] = data[row * columns + order[column]!]!;
    }
  }
  return result;
}
