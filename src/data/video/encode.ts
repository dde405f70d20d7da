/** Pictures into a video file, through the system's ffmpeg on a pipe. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { endWithUs } from '../../diagnostics/child-processes.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import type { Image } from '../source.ts';
import { ffmpegProgram, lastComplaint, noFfmpeg } from './ffmpeg.ts';

/** Formats by the ending of the name; each is written to a pipe, where nothing can be gone back to. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  '.mp4': ['-f', 'mp4', '-movflags', 'frag_keyframe+empty_moov'],
  '.mkv': ['-f', 'matroska'],
  '.webm': ['-f', 'webm'],
  '.avi': ['-f', 'avi'],
};

/** The most bytes that a video may have: it is held in memory until it is written as a whole. */
const MAX_BYTES = 2 ** 28;

export type VideoEncoder = {
  /** Waits until ffmpeg has taken the picture, in colour. All have one size. @throws TinymlError E_TOOLCHAIN, E_DATA */
  readonly add: (picture: Image) => Promise<void>;
  /** The bytes of the file. @throws TinymlError E_TOOLCHAIN */
  readonly finish: () => Promise<Uint8Array>;
  /** Ends ffmpeg, whatever it is at; safe to call at any time. */
  readonly close: () => void;
};

/** Whether a name is that of a video that can be written. */
export function isVideoName(path: string): boolean {
  return extname(path).toLowerCase() in FORMATS;
}

/**
 * @param path by its ending says the format, and is what errors name
 * @param rate frames per second
 */
export function createEncoder(path: string, width: number, height: number, rate: number): VideoEncoder {
  const child = spawn(
    ffmpegProgram(),
    [
      ...['-hide_banner', '-loglevel', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24'],
      ...['-s', `${width}x${height}`, '-r', String(rate), '-i', 'pipe:0'],
      // What players take: chroma of half the size, which needs even sides.
      ...['-vf', 'pad=ceil(iw/2)*2:ceil(ih/2)*2', '-pix_fmt', 'yuv420p', '-fflags', '+bitexact'],
      ...[...FORMATS[extname(path).toLowerCase()]!, 'pipe:1'],
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  const forget = endWithUs(child);
  const pieces: Buffer[] = [];
  let bytes = 0;
  let complaint = '';
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= MAX_BYTES) pieces.push(piece);
    else child.kill('SIGKILL');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-16384);
  });
  child.stdin.on('error', () => {}); // ffmpeg ended early: `ended` says so
  const ended = new Promise<TinymlError | null>((done) => {
    child.on('error', (cause) => done(noFfmpeg(path, cause)));
    child.on('close', (status) => done(status === 0 && bytes > 0 ? null : failed(path, bytes, complaint)));
  }).finally(forget);
  return {
    add: async ({ pixels }) => {
      if (child.stdin.write(pixels)) return;
      const failure = await Promise.race([
        once(child.stdin, 'drain').then(
          () => null,
          () => ended,
        ),
        ended.then((failure) => failure ?? failed(path, bytes, complaint)),
      ]);
      if (failure !== null) throw failure;
    },
    finish: async () => {
      child.stdin.end();
      const failure = await ended;
      if (failure !== null) throw failure;
      return Buffer.concat(pieces);
    },
    close: () => {
      child.kill('SIGKILL');
    },
  };
}

function failed(path: string, bytes: number, complaint: string): TinymlError {
  if (bytes > MAX_BYTES) {
    return new TinymlError('E_DATA', `the video takes more than ${MAX_BYTES} bytes`, {
      at: path,
      hint: 'Use fewer frames (--max-frames).',
    });
  }
  const said = lastComplaint(complaint, path);
  return new TinymlError('E_TOOLCHAIN', 'ffmpeg cannot write the video', {
    at: path,
    hint:
      said === ''
        ? 'It ended early and said nothing: try the ffmpeg of TINYML_FFMPEG, or PATH, by hand.'
        : `It says: ${said}`,
  });
}
