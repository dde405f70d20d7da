/** Versions as TensorRT writes them in one number: 8201 for 8.2.1, and from 10 on 100300 for 10.3.0. */
type Version = readonly [major: number, minor: number, patch: number];

export function numberOfVersion([major, minor, patch]: Version): number {
  return major * (major >= 10 ? 10000 : 1000) + minor * 100 + patch;
}

export function versionOfNumber(number: number): Version {
  const unit = number >= 100000 ? 10000 : 1000;
  return [Math.floor(number / unit), Math.floor((number % unit) / 100), number % 100];
}
