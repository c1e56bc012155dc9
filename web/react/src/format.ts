// Figures as people read them. One place, so that the same figure looks the same everywhere.

const whole = new Intl.NumberFormat("en");

/** 191663 → `191,663`. */
export function count(value: number): string {
  return whole.format(Math.round(value));
}

/** What there is a number of, by its name for one and for many: `1 read`, `191,663 reads`. */
export function counted(number: number, one: string, many: string): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** 0.9134 → `91.3%`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : 1)}%`;
}

/** Milliseconds, as exact as they can be told apart: `0.42 ms`, `9.3 ms`, `93 ms`, `1.25 s`. Nothing takes no time. */
export function millis(ms: number): string {
  if (ms < 0.01) return "< 0.01 ms";
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  return `${ms.toFixed(ms >= 20 ? 0 : ms >= 1 ? 1 : 2)} ms`;
}

/** Seconds, in the largest unit that fits: `45 s`, `3 min`, `2 h`, `5 d`. */
export function duration(secs: number): string {
  if (secs < 60) return `${Math.floor(secs)} s`;
  if (secs < 3600) return `${Math.floor(secs / 60)} min`;
  if (secs < 86_400) return `${Math.floor(secs / 3600)} h`;
  return `${Math.floor(secs / 86_400)} d`;
}

/** Bytes, in powers of 1024. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let [amount, unit] = [value, 0];
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  return `${amount.toFixed(unit === 0 || amount >= 100 ? 0 : 1)} ${units[unit]}`;
}

const SOURCES: Readonly<Record<string, string>> = {
  edge_memory: "edge memory",
  cloudflare_kv: "edge KV",
  origin_memory: "origin memory",
  redis: "Redis",
  database: "database",
  memory_cache: "origin memory",
  redis_cache: "Redis",
};

/** The tier's name in words. */
export function source(name: string): string {
  return SOURCES[name] ?? name;
}
