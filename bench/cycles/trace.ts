/** What an inference executes on an emulated board, instruction by instruction. */
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export type Instruction = {
  readonly mnemonic: string;
  readonly operands: string;
  /** Address of the one behind it. */
  readonly next: number;
};

/** Instructions that run one behind the other, as QEMU translates them. */
export type Block = {
  readonly instructions: readonly Instruction[];
  readonly times: number;
  /** How often what ran next was not what lies behind it. */
  readonly left: number;
};

/** Every instruction of a program by its address. @param architecture of objdump: that of a program may lack vectors */
function disassembled(program: string, architecture: string): ReadonlyMap<number, Instruction> {
  const text = execFileSync('arm-none-eabi-objdump', ['-d', '-m', architecture, program], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const lines = text.matchAll(/^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(\S+)[ \t]*([^;\n]*)/gm);
  return new Map(
    Array.from(lines, ([, address, code, mnemonic, operands]) => {
      const start = Number.parseInt(address!, 16);
      const bytes = code!.replaceAll(' ', '').length / 2;
      return [start, { mnemonic: mnemonic!, operands: operands!.trim(), next: start + bytes }];
    }),
  );
}

/** @returns address of a function */
function addressOf(program: string, symbol: string): number {
  const symbols = execFileSync('arm-none-eabi-nm', [program], { encoding: 'utf8' });
  const found = new RegExp(`^([0-9a-f]+) T ${symbol}$`, 'm').exec(symbols);
  if (found === null) throw new Error(`${program} has no ${symbol}`);
  return Number.parseInt(found[1]!, 16);
}

/**
 * The blocks that a program runs from the start of a function to where main() goes on.
 * @param machine of QEMU
 */
export async function traceOf(
  program: string,
  machine: string,
  architecture: string,
  symbol: string,
): Promise<readonly Block[]> {
  const code = disassembled(program, architecture);
  const start = addressOf(program, symbol);
  /** By where QEMU keeps its translation: one address may be translated more than once, to other lengths. */
  const translations = new Map<string, Translation>();
  const all: Translation[] = [];
  const emulator = spawn(
    'qemu-system-arm',
    [
      ...['-M', machine, '-nographic', '-monitor', 'none', '-serial', 'none', '-d', 'exec,nochain,in_asm'],
      ...['-semihosting-config', 'enable=on,target=native', '-kernel', program],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  /** Start and end of a block that is being listed: its instructions are those of objdump, since QEMU knows no vectors here. */
  let listed = { from: -1, to: -1 };
  let [inside, last] = [false, null as Translation | null];
  for await (const line of createInterface({ input: emulator.stderr })) {
    const [, at, code16] = /^0x(\w{8}): {2}((?:[0-9a-f]{4} ?)+) /.exec(line) ?? [];
    if (at !== undefined) {
      const address = Number.parseInt(at, 16);
      const to = address + 2 * code16!.trim().split(' ').length;
      listed = { from: listed.from < 0 ? address : listed.from, to };
    }
    if (!line.startsWith('Trace')) continue;
    const [, place, address] = /^Trace 0: (\w+) \[\w+\/(\w+)/.exec(line)!;
    const pc = Number.parseInt(address!, 16);
    if (listed.from >= 0) {
      const translation = { ...listed, times: 0, left: 0 };
      translations.set(place!, translation);
      all.push(translation);
      listed = { from: -1, to: -1 };
    }
    if (pc === start) inside = true;
    else if (line.endsWith(' main')) inside = false;
    if (!inside) continue;
    if (last !== null && last.to !== pc) last.left++;
    last = translations.get(place!)!;
    last.times++;
  }
  return all.flatMap(({ from, to, times, left }) =>
    times === 0 ? [] : [{ instructions: between(code, from, to), times, left }],
  );
}

type Translation = { readonly from: number; readonly to: number; times: number; left: number };

/** @throws Error where the program has other instructions than were translated */
function between(code: ReadonlyMap<number, Instruction>, from: number, to: number): readonly Instruction[] {
  const found: Instruction[] = [];
  for (let at = from; at < to; at = found.at(-1)!.next) {
    const one = code.get(at);
    if (one === undefined) throw new Error(`nothing is known of ${at.toString(16)}`);
    found.push(one);
  }
  return found;
}
