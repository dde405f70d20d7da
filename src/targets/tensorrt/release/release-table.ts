/** The releases of TensorRT that JetPacks bring, and how one is found by the version of its package. */
import type { Release, ReleaseId } from './release.ts';

/**
 * From old to new. Highest opsets: onnx/onnx-tensorrt, docs/operators.md of branches 8.2-GA to 10.1-GA and as of 10.16 and 11.1 (9 to 24);
 * 10.13 takes more than what is said here, but no page that says so was found; 11.4: TensorRT 11 ONNX opset guide. IR versions are not
 * refused: parsers only log them, and those of the opsets here are not newer than the ONNX that each is built with. Flags and
 * calibrators: trtexec's options and the headers of each release.
 */
export const RELEASES: readonly Release[] = [
  weak('8.2', [8, 2, 1], 13),
  weak('8.5', [8, 5, 2], 17),
  weak('8.6', [8, 6, 2], 17),
  both('10.3', [10, 3, 0], 20),
  both('10.13', [10, 13, 3], 20),
  both('10.16', [10, 16, 2], 24),
  {
    id: '11.4',
    version: [11, 4, 1],
    opsetMax: 25,
    typing: 'strong',
    calibrator: false,
    integerWeights: true,
  },
];

/** The release as whose a package counts, e.g. 10.3.0: the same major and minor number; null where no table is kept of it. */
export function releaseOf(version: string): Release | null {
  const [major, minor] = version.split('.').map(Number);
  return RELEASES.find((one) => one.version[0] === major && one.version[1] === minor) ?? null;
}

function weak(id: ReleaseId, version: Release['version'], opsetMax: number): Release {
  return { id, version, opsetMax, typing: 'weak', calibrator: true, integerWeights: false };
}

function both(id: ReleaseId, version: Release['version'], opsetMax: number): Release {
  return { id, version, opsetMax, typing: 'both', calibrator: true, integerWeights: true };
}
