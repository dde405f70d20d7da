/** Writes to stdout and stderr, and what becomes of that. */

export type Terminal = {
  /** To stdout. */
  readonly print: (text: string) => void;
  /** To stderr. What cannot be said there can be said nowhere. */
  readonly say: (text: string) => void;
  /** Resolves when everything has been handed to the system, or that has failed. */
  readonly drained: () => Promise<void>;
  /** What the system says where stdout could not be written; null where it could, or its reader went away. */
  readonly failure: () => NodeJS.ErrnoException | null;
  /** Calls `listen` when that happens. */
  readonly onFailure: (listen: (cause: NodeJS.ErrnoException) => void) => void;
};

export function createTerminal(): Terminal {
  let failure: NodeJS.ErrnoException | null = null;
  let closed = false;
  let listener: (cause: NodeJS.ErrnoException) => void = () => {};
  const waiting = new Set<Promise<void>>();

  const failed = (cause: NodeJS.ErrnoException): void => {
    if (closed) return;
    closed = true;
    if (cause.code === 'EPIPE') return; // `tinyml profiles | head -1`
    failure = cause;
    listener(cause);
  };
  process.stdout.on('error', failed);
  process.stderr.on('error', () => {});

  const write = (stream: NodeJS.WriteStream, text: string, fail: (cause: Error) => void): void => {
    const written = new Promise<void>((resolve) => {
      const end = (cause?: Error | null): void => {
        if (cause) fail(cause);
        resolve();
      };
      try {
        stream.write(text, end);
      } catch (cause) {
        end(cause as Error); // files are written at once
      }
    });
    waiting.add(written);
    void written.then(() => waiting.delete(written));
  };
  return {
    print: (text) => {
      if (!closed) write(process.stdout, text, failed);
    },
    say: (text) => {
      if (text !== '') write(process.stderr, text, () => {});
    },
    drained: async () => {
      while (waiting.size > 0) await Promise.all(waiting);
    },
    failure: () => failure,
    onFailure: (listen) => {
      listener = listen;
    },
  };
}
