/**
 * Cycles of instructions where memory costs nothing, as the vendor of the cores documents them. Sources: Arm DDI 0439 (Cortex-M4 TRM), table 3-1, and
 * DDI 0337 (Cortex-M3 TRM), table 18-1, for M4 and M3: N registers loaded or stored at once N + 1, a load 2 and 1 behind another one, a branch that is taken 1 + P with P
 * 1 to 3, divisions 2 to 12. For the vectors of an M55 Arm's introduction to Helium: two beats a cycle, so that an instruction takes 2, of which the
 * second overlaps with the first of the next one where that uses another unit.
 */
import type { Block, Instruction } from './trace.ts';

/** Cycles of a block that runs through. */
type Timing = (block: readonly Instruction[]) => number;

/** What a taken branch takes more, of 1 to 3. */
const REFILL = 2;

export type Overlap = 'all' | 'units' | 'none';

export const TIMINGS: Readonly<Record<'m3' | 'm4', Timing>> = {
  m3: (block) => scalarCycles(block, { mla: 2, long: 4 }),
  m4: (block) => scalarCycles(block, { mla: 1, long: 1 }),
};

/** An M55 with what is assumed of neighbouring vector instructions. */
export function withVectors(overlap: Overlap): Timing {
  return (block) =>
    block.reduce((sum, one, i) => {
      const unit = unitOf(one);
      if (unit === null) return sum + (isLoopEnd(one) ? 0 : scalar55(one));
      if (isGather(one)) return sum + GATHER;
      const next = block[i + 1];
      const other = next === undefined ? null : unitOf(next);
      const overlaps = overlap === 'all' || (overlap === 'units' && other !== unit);
      return sum + (overlaps ? 1 : 2);
    }, 0);
}

/** Four words, one a cycle. */
const GATHER = 4;

export function cyclesOf(blocks: readonly Block[], timing: Timing): number {
  return blocks.reduce((sum, { instructions, times, left }) => {
    const refill = isLoopEnd(instructions.at(-1)!) ? 0 : REFILL;
    return sum + times * timing(instructions) + left * refill;
  }, 0);
}

/** From the second time on a core knows where such a loop begins. */
function isLoopEnd({ mnemonic }: Instruction): boolean {
  return /^le(tp)?$/.test(mnemonic);
}

export function instructionsOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, { instructions, times }) => sum + times * instructions.length, 0);
}

type Products = { readonly mla: number; readonly long: number };

function scalarCycles(block: readonly Instruction[], products: Products): number {
  let sum = 0;
  let behindLoad = false;
  for (const one of block) {
    const isLoad = /^(v?ldr(?!d))/.test(one.mnemonic);
    sum += isLoad ? (behindLoad ? 1 : 2) : otherCycles(one, products);
    behindLoad = isLoad;
  }
  return sum;
}

function otherCycles({ mnemonic, operands }: Instruction, { mla, long }: Products): number {
  if (/^(ldrd|strd)/.test(mnemonic)) return 3;
  if (/^(v?ldm|v?stm|v?push|v?pop)/.test(mnemonic)) return 1 + registers(operands);
  if (/^[us]div/.test(mnemonic)) return 7;
  if (/^v(div|sqrt)/.test(mnemonic)) return 14;
  if (/^vf?n?m(la|a|ls|s)\./.test(mnemonic)) return 3;
  if (/^ml[as]/.test(mnemonic)) return mla;
  if (/^[us](mull|mlal)/.test(mnemonic)) return long;
  return 1;
}

/** In the braces of a list of registers. */
function registers(operands: string): number {
  const list = /\{(.*)\}/.exec(operands)?.[1] ?? '';
  return list.split(',').reduce((sum, part) => {
    const [, from, to] = /(\d+)-[a-z](\d+)/.exec(part) ?? [];
    return sum + (from === undefined ? 1 : Number(to) - Number(from) + 1);
  }, 0);
}

function scalar55({ mnemonic, operands }: Instruction): number {
  if (/^(ldm|stm|push|pop)/.test(mnemonic)) return Math.ceil(registers(operands) / 2);
  return /^[us]div/.test(mnemonic) ? 7 : 1;
}

type Unit = 'memory' | 'products' | 'sums';

/** Of a vector instruction; null for others. */
function unitOf({ mnemonic, operands }: Instruction): Unit | null {
  if (!/\bq\d/.test(operands)) return null;
  if (/^v(ld|st)/.test(mnemonic)) return 'memory';
  return /^v(mla|mls|mul|rmulh|mulh|qr?dmul|qdml|rmla|fma)/.test(mnemonic) ? 'products' : 'sums';
}

function isGather({ mnemonic, operands }: Instruction): boolean {
  return /^v(ldr|str)/.test(mnemonic) && /\[.*q\d/.test(operands);
}
