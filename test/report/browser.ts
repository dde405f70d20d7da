/** A browser without a window, driven by the DevTools protocol over a pipe. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
};

export type View = { readonly width: number; readonly height: number; readonly dark: boolean };

export type Browser = {
  /** Loads a page; all later calls are about it. @returns what the page wrote on its console, errors and warnings */
  readonly open: (html: string) => Promise<readonly string[]>;
  readonly look: (view: View) => Promise<void>;
  /** The value of an expression in the page, as JSON gives it. */
  readonly evaluate: <T>(expression: string) => Promise<T>;
  /** The whole page as a PNG file. */
  readonly picture: () => Promise<Buffer>;
  readonly close: () => Promise<void>;
};

/** What makes a browser quick and quiet; the sandbox is none for root, and what is opened here was made here. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-extensions',
  '--disable-dev-shm-usage',
  '--disable-background-networking',
  '--disable-component-update',
  '--no-first-run',
  '--hide-scrollbars',
  '--remote-debugging-pipe',
];

export async function startBrowser(program: string): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'tinyml-browser-'));
  const child = spawn(program, [...FLAGS, `--user-data-dir=${profile}`], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const send = connect(child);
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
  const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
  const page = (method: string, params: object = {}) => send(method, params, sessionId as string);
  const heard: string[] = [];
  send.hear((method, params) => {
    if (method === 'Log.entryAdded' || method === 'Runtime.exceptionThrown')
      heard.push(JSON.stringify(params));
    if (method === 'Runtime.consoleAPICalled') heard.push(JSON.stringify(params));
  });
  for (const domain of ['Page', 'Runtime', 'Log']) await page(`${domain}.enable`);
  const { frameTree } = (await page('Page.getFrameTree')) as { frameTree: { frame: { id: string } } };
  return {
    open: async (html) => {
      heard.length = 0;
      await page('Page.setDocumentContent', { frameId: frameTree.frame.id, html });
      return [...heard];
    },
    look: async ({ width, height, dark }) => {
      await page('Emulation.setDeviceMetricsOverride', {
        width,
        height,
        deviceScaleFactor: 1,
        mobile: width < 600,
      });
      const features = [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }];
      await page('Emulation.setEmulatedMedia', { features });
    },
    evaluate: async <T>(expression: string) => {
      const { result, exceptionDetails } = await page('Runtime.evaluate', {
        expression,
        returnByValue: true,
      });
      if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
      return (result as { value: T }).value;
    },
    picture: async () => {
      const { data } = await page('Page.captureScreenshot', { captureBeyondViewport: true });
      return Buffer.from(data as string, 'base64');
    },
    close: async () => {
      const gone = new Promise((resolve) => child.once('close', resolve));
      await send('Browser.close');
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

type Send = {
  (method: string, params?: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>>;
  readonly hear: (listener: (method: string, params: object) => void) => void;
};

/** Messages are JSON with a NUL behind each, on the file descriptors 3 (to the browser) and 4 (from it). */
function connect(child: ChildProcess): Send {
  const [to, from] = [child.stdio[3] as Writable, child.stdio[4] as Readable];
  const waiting = new Map<
    number,
    { resolve: (value: Message['result'] & {}) => void; reject: (error: Error) => void }
  >();
  let listener: (method: string, params: object) => void = () => {};
  let last = 0;
  let rest = '';
  const failAll = (error: Error): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  child.once('error', failAll);
  child.once('close', (status) => failAll(new Error(`the browser ended with status ${status}`)));
  to.on('error', failAll);
  from.setEncoding('utf8').on('data', (text: string) => {
    const messages = `${rest}${text}`.split('\0');
    rest = messages.pop()!;
    for (const one of messages) {
      const { id, method, params, result, error } = JSON.parse(one) as Message;
      if (id === undefined) {
        listener(method!, params ?? {});
        continue;
      }
      const call = waiting.get(id);
      waiting.delete(id);
      if (error === undefined) call?.resolve(result ?? {});
      else call?.reject(new Error(error.message));
    }
  });
  const send = (method: string, params: object = {}, sessionId?: string) =>
    new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      to.write(
        `${JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) })}\0`,
      );
    });
  return Object.assign(send, {
    hear: (listen: typeof listener) => {
      listener = listen;
    },
  });
}
