import { expect, test } from "vitest";
import { decades, steps } from "../src/charts/scale.ts";

test.each([
  [
    [0.03, 49],
    [0.01, 0.1, 1, 10, 100],
  ],
  [
    [0.2, 0.9],
    [0.1, 1],
  ],
  [
    [1, 10],
    [1, 10],
  ],
  [[5], [1, 10]],
  [[0], [0.01, 0.1]],
  [
    [25, 434],
    [10, 100, 1000],
  ],
])("times of %j ms stand between powers of ten", (values, ticks) => {
  expect(decades(values)).toEqual(ticks);
});

test.each([
  [6.2, [0, 2, 4, 6, 8]],
  [0.135, [0, 0.05, 0.1, 0.15]],
  [1, [0, 0.2, 0.4, 0.6, 0.8, 1]],
  [920, [0, 200, 400, 600, 800, 1000]],
  [0, [0, 0.001]],
])("a scale up to %d counts in steps that people count in", (largest, ticks) => {
  expect(steps(largest)).toEqual(ticks);
});
