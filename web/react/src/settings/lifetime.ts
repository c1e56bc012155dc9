// Lifetimes as people type them: a number and a unit. The API takes whole seconds, from a minute to a day.

export type Unit = "s" | "min" | "h";

export const SECS_IN: Readonly<Record<Unit, number>> = { s: 1, min: 60, h: 3600 };
export const SHORTEST_SECS = 60;
export const LONGEST_SECS = 86_400;

export interface TypedLifetime {
  readonly text: string;
  readonly unit: Unit;
}

/** Whole hours and minutes are shown as such. */
export function typed(secs: number): TypedLifetime {
  if (secs % 3600 === 0) return { text: String(secs / 3600), unit: "h" };
  if (secs % 60 === 0) return { text: String(secs / 60), unit: "min" };
  return { text: String(secs), unit: "s" };
}

export type ReadLifetime =
  | { readonly ok: true; readonly secs: number }
  | { readonly ok: false; readonly problem: string };

/** The seconds, or what is wrong in words that say how to put it right. */
export function read({ text, unit }: TypedLifetime): ReadLifetime {
  const trimmed = text.trim().replace(",", ".");
  if (!/^\d+(\.\d+)?$/.test(trimmed)) return { ok: false, problem: "Enter a number." };
  const secs = Number(trimmed) * SECS_IN[unit];
  if (Math.abs(secs - Math.round(secs)) > 1e-6) return { ok: false, problem: "Use whole seconds." };
  if (secs < SHORTEST_SECS) return { ok: false, problem: "At least 60 seconds." };
  if (secs > LONGEST_SECS) return { ok: false, problem: "At most 24 hours." };
  return { ok: true, secs: Math.round(secs) };
}
