/** Numbers of the serial frame (docs/serial-frame.md), for the C of a device and for what speaks with one. */

/** "TM": where a frame begins. */
export const SERIAL_SYNC = [0x54, 0x4d] as const;

export const SERIAL_VERSION = 1;

/** Sync, version, type, sequence number, one byte of zero, bytes of payload (16 bits). */
export const SERIAL_HEADER_BYTES = 8;

export const SERIAL_CRC_BYTES = 4;

/** Most bytes of payload that any frame has. */
export const SERIAL_MAX_PAYLOAD = 1024;

/** Types of requests; the type of an answer has the highest bit set as well. */
export const SERIAL_REQUESTS = {
  HELLO: 1,
  WRITE: 2,
  LOAD: 3,
  TRAIN: 4,
  EVALUATE: 5,
  SAVE: 6,
  READ: 7,
} as const;

export const SERIAL_ANSWER = 0x80;

/** An answer to a request that was not understood: one byte, the reason. */
export const SERIAL_REFUSED = 0xff;

export const SERIAL_REASONS = { TYPE: 1, LENGTH: 2, RANGE: 3, SENSOR: 4 } as const;

/** Most steps or tests that one request asks for: a device answers nothing meanwhile. */
export const SERIAL_MAX_STEPS = 64;
