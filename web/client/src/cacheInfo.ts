// Where a 304 came from. It has no body, so `_cache` is made of its headers; the status of the answer before it would be a lie.

import type { CacheInfo, CacheSource } from "./types.ts";

// Names of tiers in `Cache-Status` (RFC 9211). The member closest to the database comes first.
const SOURCES: Readonly<Record<string, CacheSource>> = {
  "edge-memory": "edge_memory",
  kv: "cloudflare_kv",
  "origin-memory": "origin_memory",
  redis: "redis",
};

export function refreshed(previous: CacheInfo, headers: Headers, tookMs: number): CacheInfo {
  const age = Number(headers.get("Age") ?? previous.age);
  const info: CacheInfo = {
    ...previous,
    ...judged(headers.get("Cache-Status") ?? ""),
    response_time_ms: Math.round(tookMs),
    age,
    generation: headers.get("X-Cache-Generation") ?? previous.generation,
  };
  const left = /; ttl=(-?\d+)/.exec(headers.get("Cache-Status") ?? "")?.[1];
  // A hit says how long it may still live: with the age that is the lifetime, which a change of settings may have moved.
  return left === undefined ? info : { ...info, ttl: Math.max(0, Number(left) + age) };
}

function judged(cacheStatus: string): Pick<CacheInfo, "status" | "source"> {
  const members = cacheStatus.split(",").map((member) => member.trim());
  const hit = members.find((member) => /; hit\b/.test(member));
  if (hit !== undefined) {
    const source = SOURCES[hit.slice(0, hit.indexOf(";"))] ?? "origin_memory";
    return { status: /; ttl=-/.test(hit) ? "STALE" : "HIT", source };
  }
  // The origin passes its memory by only where caching is off; a Redis that is away is passed by alone.
  const isOff = members.some((member) => member.startsWith("origin-memory; fwd=bypass"));
  return { status: isOff ? "BYPASS" : "MISS", source: "database" };
}
