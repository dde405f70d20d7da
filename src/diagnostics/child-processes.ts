import type { ChildProcess } from 'node:child_process';

/** Processes under way: ended with this one, so that an interrupt leaves no compiler, emulator or decoder behind. */
const running = new Set<ChildProcess>();

function endAll(): void {
  for (const child of running) child.kill();
}

/** Lets a process end with this one. @returns to be called when it has ended */
export function endWithUs(child: ChildProcess): () => void {
  if (running.size === 0) process.once('exit', endAll);
  running.add(child);
  return () => {
    running.delete(child);
    if (running.size === 0) process.off('exit', endAll);
  };
}
