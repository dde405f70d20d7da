/** A sound of whole numbers, as test/signal/record.py makes it: two triangle waves that fade into one another, and noise. */
export function testSound(samples: number): Int16Array {
  let state = 12345;
  return Int16Array.from({ length: samples }, (_, i) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    const noise = ((state >> 15) & 0xff) - 128;
    const fade = i % 4000;
    const low = Math.floor((triangle(i, 37) * (4000 - fade)) / 4000);
    const high = Math.floor((triangle(i, 101 + Math.floor(i / 1000)) * fade * 2) / 4000);
    return low + high + noise * (2 * i < samples ? 1 : 8);
  });
}

const triangle = (i: number, period: number): number =>
  Math.abs(Math.floor(((i % period) * 16384) / period) - 8192) - 4096;
