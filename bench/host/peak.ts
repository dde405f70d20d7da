/** What one core of this machine can do at most, measured by a loop in C (peak.c). */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.ts';

/** An instruction and how many 10^9 products a second it adds to sums. */
type Rate = readonly [instruction: string, gmacs: number];

export type Peak = { readonly int8: Rate; readonly float32: Rate };

/** Compiles the loops once. @returns a measurement of some 20 ms, or null without a C compiler */
export function peakMeter(): (() => Peak) | null {
  const folder = mkdtempSync(join(tmpdir(), 'tinyml-peak-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const program = join(folder, 'peak');
  const source = join(packageRoot(), 'bench', 'host', 'peak.c');
  try {
    execFileSync(process.env.TINYML_CC || 'cc', ['-std=c11', '-O2', source, '-o', program], {
      stdio: 'ignore',
    });
  } catch {
    return null;
  }
  return () => JSON.parse(execFileSync(program, { encoding: 'utf8' })) as Peak;
}

/** The better of two measurements. */
export function betterPeak(a: Peak, b: Peak): Peak {
  const better = (x: Rate, y: Rate): Rate => (y[1] > x[1] ? y : x);
  return { int8: better(a.int8, b.int8), float32: better(a.float32, b.float32) };
}
