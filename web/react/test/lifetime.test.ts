import { expect, test } from "vitest";
import * as format from "../src/format.ts";
import { changeOf, draftOf } from "../src/settings/draft.ts";
import { read, typed } from "../src/settings/lifetime.ts";

test("a lifetime is shown in the largest unit that says it exactly, and reads as the same", () => {
  for (const [secs, text, unit] of [
    [60, "1", "min"],
    [90, "90", "s"],
    [180, "3", "min"],
    [3600, "1", "h"],
    [5400, "90", "min"],
    [86_400, "24", "h"],
  ] as const) {
    expect(typed(secs)).toEqual({ text, unit });
    expect(read(typed(secs))).toEqual({ ok: true, secs });
  }
});

test("a lifetime is whole seconds, from a minute to a day", () => {
  expect(read({ text: "1.5", unit: "min" })).toEqual({ ok: true, secs: 90 });
  expect(read({ text: " 2,5 ", unit: "h" })).toEqual({ ok: true, secs: 9000 });
  for (const [text, unit, problem] of [
    ["59", "s", "At least 60 seconds."],
    ["0.5", "min", "At least 60 seconds."],
    ["25", "h", "At most 24 hours."],
    ["86401", "s", "At most 24 hours."],
    ["90.5", "s", "Use whole seconds."],
    ["", "s", "Enter a number."],
    ["-5", "min", "Enter a number."],
    ["1e3", "s", "Enter a number."],
  ] as const) {
    expect(read({ text, unit }), text).toEqual({ ok: false, problem });
  }
});

const stored = {
  cacheEnabled: true,
  features: { contactCounts: true, contactLists: true, search: false, messageHistory: true },
  cacheConfig: { contactCountsTTL: 300, contactsTTL: 180, searchTTL: 120, messageHistoryTTL: 300 },
};

test("of settings only what has changed is sent", () => {
  const draft = draftOf(stored);
  expect(changeOf(draft, stored)).toEqual({});
  const changed = {
    ...draft,
    features: { ...draft.features, search: true },
    lifetimes: { ...draft.lifetimes, contactsTTL: { text: "1", unit: "h" } as const },
  };
  expect(changeOf(changed, stored)).toEqual({ features: { search: true }, cacheConfig: { contactsTTL: 3600 } });
  const unreadable = { ...draft, lifetimes: { ...draft.lifetimes, searchTTL: { text: "x", unit: "s" } as const } };
  expect(changeOf(unreadable, stored)).toBeUndefined();
});

test("figures read as people read them", () => {
  expect([0, 0.4, 1.26, 19.94, 93.4, 1250].map(format.millis)).toEqual([
    "< 0.01 ms",
    "0.40 ms",
    "1.3 ms",
    "19.9 ms",
    "93 ms",
    "1.25 s",
  ]);
  expect([0, 59.9, 60, 3599, 7200, 200_000].map(format.duration)).toEqual([
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "2 h",
    "2 d",
  ]);
  expect([0, 1023, 1536, 268_435_456].map(format.bytes)).toEqual(["0 B", "1023 B", "1.5 KiB", "256 MiB"]);
  expect([0, 0.9134, 1].map(format.percent)).toEqual(["0%", "91.3%", "100%"]);
  expect(format.count(191_663)).toBe("191,663");
});
