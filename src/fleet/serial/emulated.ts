/** Emulated devices: processes whose standard input and output are their line. */
import { spawn } from 'node:child_process';
import { endWithUs } from '../../diagnostics/child-processes.ts';
import type { Line } from './device.ts';

export function startEmulated(program: string, args: readonly string[], name: string): Line {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = endWithUs(child);
  child.stdin.on('error', () => {}); // that it ended is told by its output
  return {
    name,
    write: (bytes) => {
      child.stdin.write(bytes);
    },
    listen: (onBytes, onEnd) => {
      child.stdout.on('data', onBytes);
      child.on('error', onEnd);
      child.on('close', () => {
        ended();
        onEnd();
      });
    },
    close: () => {
      child.kill();
    },
  };
}
