/** A device on a serial line, as a gateway speaks with it: one request after the other, each answered or given up. */
import { TinymlError } from '../../diagnostics/errors.ts';
import {
  SERIAL_ANSWER,
  SERIAL_MAX_PAYLOAD,
  SERIAL_MAX_STEPS,
  SERIAL_REASONS,
  SERIAL_REFUSED,
  SERIAL_REQUESTS,
} from '../../targets/serial-protocol.ts';
import { encodeFrame, type Frame, takeFrames } from './frame.ts';

/** Bytes both ways: a UART, or the standard input and output of a process. */
export type Line = {
  readonly name: string;
  readonly write: (bytes: Uint8Array) => void;
  /** Tells of bytes that came, and once of the end of the line. */
  readonly listen: (onBytes: (bytes: Uint8Array) => void, onEnd: () => void) => void;
  readonly close: () => void;
};

type DeviceFacts = {
  /** Of its record of parameters. */
  readonly version: number;
  readonly identity: readonly [number, number];
  readonly recordBytes: number;
  /** Of its own, to learn of and to test with. */
  readonly samples: number;
  readonly tests: number;
  /** Steps since its first values. */
  readonly steps: number;
};

/** Of steps or tests: how many were made, were right, were refused, and diverged; mean loss in nats, 0 of none. */
export type DeviceRun = {
  readonly made: number;
  readonly correct: number;
  readonly refused: number;
  readonly diverging: number;
  readonly loss: number;
};

export type Device = {
  readonly name: string;
  readonly facts: DeviceFacts;
  /** @throws TinymlError E_FLEET where the device does not take the record, as all functions here where it does not answer */
  readonly load: (record: Uint8Array) => Promise<void>;
  readonly save: () => Promise<Uint8Array>;
  /** @param first number of the first sample, around the end of all */
  readonly train: (first: number, steps: number, rate: number) => Promise<DeviceRun>;
  readonly evaluate: (count: number) => Promise<DeviceRun>;
  /** Bytes that went both ways so far, frames and repetitions included. */
  readonly traffic: () => { readonly sent: number; readonly received: number };
  readonly close: () => void;
};

/** An answer is waited for so long, then the request is sent again. */
const TIMEOUT_MS = 10_000;
const TRIES = 3;

/** Of a record of parameters that a device may say that it has. */
const MAX_RECORD_BYTES = 16 * 2 ** 20;

type Request = (type: number, payload?: Uint8Array) => Promise<Uint8Array>;

/** @throws TinymlError E_FLEET where nobody answers who speaks this protocol */
export async function openDevice(line: Line, timeoutMs = TIMEOUT_MS): Promise<Device> {
  const traffic = { sent: 0, received: 0 };
  const request = requestsOn(line, timeoutMs, traffic);
  const facts = readFacts(line.name, await request(SERIAL_REQUESTS.HELLO));
  return {
    name: line.name,
    facts,
    load: (record) => loadRecord(line.name, request, record),
    save: () => saveRecord(line.name, request, facts.recordBytes),
    train: (first, steps, rate) =>
      runInParts(line.name, steps, (done, count) => {
        const payload = words(first + done, count, 0);
        new DataView(payload.buffer).setFloat32(8, rate, true);
        return request(SERIAL_REQUESTS.TRAIN, payload);
      }),
    evaluate: (tests) =>
      runInParts(line.name, tests, (done, count) => request(SERIAL_REQUESTS.EVALUATE, words(done, count))),
    traffic: () => ({ ...traffic }),
    close: line.close,
  };
}

/** One request at a time; answers to others, which came late, are dropped. */
function requestsOn(line: Line, timeoutMs: number, traffic: { sent: number; received: number }): Request {
  let rest: Uint8Array = new Uint8Array(0);
  let sequence = 0;
  let isOver = false;
  let onFrame: (frame: Frame) => void = () => {};
  let onEnd: () => void = () => {};
  line.listen(
    (bytes) => {
      traffic.received += bytes.length;
      const taken = takeFrames(Buffer.concat([rest, bytes]));
      rest = taken.rest;
      for (const frame of taken.frames) onFrame(frame);
    },
    () => {
      isOver = true;
      onEnd();
    },
  );
  const once = (frame: Uint8Array, wanted: number): Promise<Frame | null> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => settle(null), timeoutMs);
      const settle = (got: Frame | null): void => {
        clearTimeout(timer);
        onFrame = () => {};
        onEnd = () => {};
        resolve(got);
      };
      onFrame = (got) => {
        if (got.sequence === wanted) settle(got);
      };
      onEnd = () => settle(null);
      if (isOver) return settle(null);
      traffic.sent += frame.length;
      line.write(frame);
    });
  return async (type, payload = new Uint8Array(0)) => {
    sequence = (sequence + 1) % 256;
    const frame = encodeFrame({ type, sequence, payload });
    for (let tries = 0; tries < TRIES && !isOver; tries++) {
      const answer = await once(frame, sequence);
      if (answer === null) continue;
      if (answer.type === (type | SERIAL_ANSWER)) return answer.payload;
      throw wrong(line.name, refusal(type, answer));
    }
    throw wrong(line.name, isOver ? 'the line ended' : `no answer to request ${type}`);
  };
}

function refusal(type: number, { type: got, payload }: Frame): string {
  if (got !== SERIAL_REFUSED) return `an answer of type ${got} to request ${type}`;
  const reason = Object.entries(SERIAL_REASONS).find(([, value]) => value === payload[0])?.[0];
  return `request ${type} was refused (${reason ?? 'no reason known'})`;
}

function readFacts(name: string, payload: Uint8Array): DeviceFacts {
  const [version, first, second, recordBytes, samples, tests, steps] = wordsOf(name, payload, 7);
  if (recordBytes! > MAX_RECORD_BYTES) throw wrong(name, `a record of ${recordBytes} bytes`);
  return {
    version: version!,
    identity: [first!, second!],
    recordBytes: recordBytes!,
    ...{ samples: samples!, tests: tests!, steps: steps! },
  };
}

const PART = SERIAL_MAX_PAYLOAD - 4;

async function loadRecord(name: string, request: Request, record: Uint8Array): Promise<void> {
  for (let at = 0; at < record.length; at += PART) {
    const part = record.subarray(at, at + PART);
    await request(SERIAL_REQUESTS.WRITE, Buffer.concat([words(at), part]));
  }
  const [status] = wordsOf(name, await request(SERIAL_REQUESTS.LOAD), 1);
  if (status !== 0) throw wrong(name, `the record was not loaded: ${PARAMETERS[status!] ?? status}`);
}

/** What the status of parameters means, by its number. */
const PARAMETERS = ['', 'none', 'of another version', 'of another model', 'damaged', 'storage failed'];

async function saveRecord(name: string, request: Request, bytes: number): Promise<Uint8Array> {
  const [status] = wordsOf(name, await request(SERIAL_REQUESTS.SAVE), 1);
  if (status !== 0) throw wrong(name, `the record was not saved: ${PARAMETERS[status!] ?? status}`);
  const record = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += SERIAL_MAX_PAYLOAD) {
    const count = Math.min(SERIAL_MAX_PAYLOAD, bytes - at);
    const part = await request(SERIAL_REQUESTS.READ, words(at, count));
    if (part.length !== count)
      throw wrong(name, `${part.length} bytes of a record where ${count} were asked for`);
    record.set(part, at);
  }
  return record;
}

async function runInParts(
  name: string,
  count: number,
  part: (done: number, count: number) => Promise<Uint8Array>,
): Promise<DeviceRun> {
  const sums = { made: 0, correct: 0, refused: 0, diverging: 0, loss: 0 };
  for (let done = 0; done < count; done += SERIAL_MAX_STEPS) {
    const wanted = Math.min(SERIAL_MAX_STEPS, count - done);
    const payload = await part(done, wanted);
    const [made, correct, refused, diverging] = wordsOf(name, payload, 5);
    const loss = new DataView(payload.buffer, payload.byteOffset).getFloat32(16, true);
    if (made! + refused! !== wanted || correct! > made! || !Number.isFinite(loss))
      throw wrong(name, 'counts of steps that do not agree');
    sums.made += made!;
    sums.correct += correct!;
    sums.refused += refused!;
    sums.diverging += diverging!;
    sums.loss += loss;
  }
  return { ...sums, loss: sums.made === 0 ? 0 : sums.loss / sums.made };
}

function words(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, word) => {
    view.setUint32(4 * word, value, true);
  });
  return bytes;
}

function wordsOf(name: string, payload: Uint8Array, count: number): readonly number[] {
  if (payload.length !== 4 * count)
    throw wrong(name, `an answer of ${payload.length} bytes in place of ${4 * count}`);
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  return Array.from({ length: count }, (_, word) => view.getUint32(4 * word, true));
}

function wrong(name: string, what: string): TinymlError {
  return new TinymlError('E_FLEET', `the device does not do what it was asked: ${what}`, {
    at: name,
    hint: 'it must run firmware of the bundle that was given, over the frames of docs/serial-frame.md',
  });
}
