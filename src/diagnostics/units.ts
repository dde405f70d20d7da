/** Numbers as people read them. All functions are pure and independent of the locale. */

/** `1,234,567`, `0.0555`: digits behind the point stay together. */
export function formatCount(value: number): string {
  const [whole = '', ...fraction] = String(value).split('.');
  return [whole.replace(/\B(?=(\d{3})+(?!\d))/g, ','), ...fraction].join('.');
}

/** `1 sample`, `1,200 samples`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** `512 B`, `20 KiB`, `2.75 MiB`: binary units, at most two decimals, rounded up so that a limit never looks met. */
export function formatBytes(bytes: number): string {
  for (const [unit, name] of [
    [2 ** 30, 'GiB'] as const,
    [2 ** 20, 'MiB'] as const,
    [2 ** 10, 'KiB'] as const,
  ]) {
    if (bytes >= unit) return `${Math.ceil((bytes / unit) * 100) / 100} ${name}`;
  }
  return `${bytes} B`;
}

/** `87.25 %` of a fraction in [0, 1]. */
export function formatPercent(fraction: number): string {
  return `${(fraction * 100).toFixed(2)} %`;
}

/** `0.8 s`, `42 s`, `3 min 05 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `31.1 dB`; `exact` where nothing differs. */
export function formatDecibels(decibels: number | null): string {
  return decibels === null || decibels === Number.POSITIVE_INFINITY ? 'exact' : `${decibels.toFixed(1)} dB`;
}

/** `0.347 ms`, `12.3 ms`, `1,234 ms`: three digits. */
export function formatMs(ms: number): string {
  const rounded = ms >= 100 ? String(Math.round(ms)) : ms.toPrecision(3);
  return `${formatCount(Number(rounded))} ms`;
}
