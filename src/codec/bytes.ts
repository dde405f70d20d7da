/** Little-endian bytes, written one after the other and read back within bounds. */
import { TinymlError } from '../diagnostics/errors.ts';

type ByteWriter = {
  readonly byte: (value: number) => void;
  /** 7 bits a byte, the lowest first: one byte below 128. */
  readonly number: (value: number) => void;
  readonly float: (value: number) => void;
  readonly bytes: (values: ArrayLike<number>) => void;
  readonly finish: () => Uint8Array;
};

export function createByteWriter(): ByteWriter {
  const out: number[] = [];
  const byte = (value: number): void => {
    out.push(value & 0xff);
  };
  return {
    byte,
    number: (value) => {
      let rest = value;
      for (; rest > 127; rest = Math.floor(rest / 128)) byte((rest % 128) + 128);
      byte(rest);
    },
    float: (value) => {
      out.push(...new Uint8Array(Float32Array.of(value).buffer));
    },
    bytes: (values) => {
      for (let i = 0; i < values.length; i++) byte(values[i]!);
    },
    finish: () => Uint8Array.from(out),
  };
}

/** All reads throw as `fail` does where they do not fit; nothing is allocated beyond the bytes that are there. */
export type ByteReader = {
  readonly byte: () => number;
  /** Of at most `most`. */
  readonly number: (most: number) => number;
  readonly float: () => number;
  readonly bytes: (length: number) => Uint8Array;
  readonly left: () => number;
  readonly fail: (why: string) => never;
};

/** @param what of the error, with `hint` what to do */
export function createByteReader(data: Uint8Array, what: string, at: string, hint: string): ByteReader {
  let next = 0;
  const fail = (why: string): never => {
    throw new TinymlError('E_CODEC', `${what}: ${why}`, { at, hint });
  };
  const bytes = (length: number): Uint8Array => {
    if (length > data.length - next) return fail('it ends too early');
    next += length;
    return data.subarray(next - length, next);
  };
  const byte = (): number => bytes(1)[0]!;
  return {
    byte,
    number: (most) => {
      let [value, factor] = [0, 1];
      for (let k = 0; k < 4; k++, factor *= 128) {
        const part = byte();
        value += (part % 128) * factor;
        if (part < 128) return value <= most ? value : fail(`it says ${value} where at most ${most} may be`);
      }
      return fail('it has a number of more than four bytes');
    },
    float: () => new DataView(bytes(4).slice().buffer).getFloat32(0, true),
    bytes,
    left: () => data.length - next,
    fail,
  };
}
