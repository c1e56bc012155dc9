// Where the lines of a chart stand: at numbers that people count in.

/** Powers of ten around all values, for a logarithmic scale; at least one decade. What takes no time is drawn at a hundredth. */
export function decades(values: readonly number[]): number[] {
  const exponent = (value: number) => Math.log10(Math.max(value, 0.01));
  const lowest = Math.floor(Math.min(...values.map(exponent), 1));
  const highest = Math.max(lowest + 1, Math.ceil(Math.max(...values.map(exponent), lowest)));
  return Array.from({ length: highest - lowest + 1 }, (_, nth) => power(lowest + nth));
}

/** Steps of 1, 2 or 5, or ten times as much and so on, from nothing until the largest is reached: two to five of them. */
export function steps(largest: number): number[] {
  const least = Math.max(largest, 0.01) / 5;
  const unit = Math.floor(Math.log10(least));
  const [step, last] =
    [1, 2, 5, 10]
      .map((digit) => [digit, Math.ceil(largest / (digit * power(unit)) - 1e-9)] as const)
      .find(([, count]) => count <= 5) ?? ([10, 1] as const);
  return Array.from({ length: Math.max(last, 1) + 1 }, (_, nth) => exact(nth * step, unit));
}

/** Without the dust of binary fractions: 0.3 and not 0.30000000000000004. */
function exact(digits: number, exponent: number): number {
  return Number(`${digits}e${exponent}`);
}

function power(exponent: number): number {
  return exact(1, exponent);
}
