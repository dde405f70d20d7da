/** The system's ffmpeg on a pipe: any video file in, Y4M out. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { endWithUs } from '../../diagnostics/child-processes.ts';
import { TinymlError } from '../../diagnostics/errors.ts';
import { MAX_PIXELS } from '../image.ts';

/**
 * Containers that are read. Others are not tried, whatever a file looks like: playlists and scripts would make ffmpeg open
 * other files and addresses.
 */
const CONTAINERS = [
  'mov,mp4,m4a,3gp,3g2,mj2',
  'matroska,webm',
  'avi',
  'mpeg,mpegts,mpegvideo',
  'h264,hevc,m4v,mjpeg,ivf,obu',
  'flv,asf,ogg,gif,dv,nut,yuv4mpegpipe',
].join(',');

const LONGEST_COMPLAINT = 16384;

/**
 * Decodes the first video stream of a file: pieces of a Y4M stream with every frame once, at its own size and 8 bits per
 * sample. The process ends with the last piece that is asked for.
 * @param onComplaint is told what ffmpeg found wrong with the file, when something came of it nevertheless
 * @throws TinymlError E_TOOLCHAIN without ffmpeg, E_DATA where nothing can be decoded
 */
export async function* decodeVideo(
  path: string,
  onComplaint: (message: string) => void,
): AsyncGenerator<Uint8Array> {
  const child = spawn(
    ffmpegProgram(),
    [
      ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
      // The name is data: neither an option nor an address.
      ...['-protocol_whitelist', 'file', '-format_whitelist', CONTAINERS, '-max_pixels', String(MAX_PIXELS)],
      ...['-flags', '+bitexact', '-i', `file:${resolve(path)}`, '-map', '0:v:0', '-an', '-sn', '-dn'],
      // Numbered anew, so that no frame is doubled or dropped to keep a rate.
      ...['-vf', 'format=yuv420p|yuv422p|yuv444p,settb=1/25,setpts=N', '-r', '25'],
      ...['-f', 'yuv4mpegpipe', 'pipe:1'],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const forget = endWithUs(child);
  const ended = new Promise<Ending>((done) => {
    child.on('error', (cause) => done({ status: null, cause }));
    child.on('close', (status) => done({ status, cause: null }));
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-LONGEST_COMPLAINT);
  });
  let bytes = 0;
  try {
    for await (const piece of child.stdout as AsyncIterable<Uint8Array>) {
      bytes += piece.length;
      yield piece;
    }
    const { status, cause } = await ended;
    if (cause !== null) throw noFfmpeg(path, cause);
    const said = lastComplaint(complaint, path);
    if (bytes === 0) throw undecodable(path, complaint.includes('matches no streams') ? '' : said);
    if (status !== 0 || said !== '') onComplaint(said === '' ? 'ffmpeg ended early' : said);
  } finally {
    child.kill('SIGKILL');
    await ended;
    forget();
  }
}

type Ending = { readonly status: number | null; readonly cause: Error | null };

/** TINYML_FFMPEG names another one. */
export function ffmpegProgram(): string {
  return process.env.TINYML_FFMPEG || 'ffmpeg';
}

export function noFfmpeg(at: string, cause: Error): TinymlError {
  return new TinymlError('E_TOOLCHAIN', 'ffmpeg cannot be started', {
    at,
    hint: 'Install it (Debian: apt install ffmpeg) or name it in TINYML_FFMPEG. Y4M, .rgb and folders of images need none.',
    cause,
  });
}

/** The last line that ffmpeg said, without where things lay in its memory. */
export function lastComplaint(text: string, path: string): string {
  const line = text.trim().split('\n').at(-1)!;
  return line
    .replaceAll(`file:${resolve(path)}`, path)
    .replace(/^\[(\S+) @ 0x[0-9a-f]+\]/, '$1:')
    .slice(0, 300);
}

function undecodable(path: string, said: string): TinymlError {
  return new TinymlError('E_DATA', 'the clip cannot be decoded', {
    at: path,
    hint: `${said === '' ? 'It holds no video that ffmpeg reads.' : `ffmpeg says: ${said}.`} Play it, or fetch it again.`,
  });
}
