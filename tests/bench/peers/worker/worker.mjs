// A peer of the Worker, written by hand in JavaScript to do the same job on a hit in Workers KV, and to do it quickly:
// the token verified (and remembered until it expires), the membership asked of the origin and remembered for thirty seconds, the workspace's
// generations asked of a Durable Object at most once a second, the page read from KV, checked to be of its key and judged by its stamp and by what the
// reader has seen, `_cache` rendered around the stored text, the same headers read and answered. No JSON of a page is parsed on a hit.
import { DurableObject } from "cloudflare:workers";

const BOUND_MS = 1000;
const MEMBERSHIP_MS = 30_000;
const ALLOWED_ORIGIN = "https://app.example.com";
const encoder = new TextEncoder();
const tokens = new Map();
const members = new Map();
const generations = new Map();
let key;

/** The generations of one workspace. */
export class Ledger extends DurableObject {
  async fetch() {
    const known = (await this.ctx.storage.get("generations")) ?? { workspace: 1 };
    return Response.json(known);
  }
}

function failure(status, code) {
  return Response.json({ success: false, error: { code } }, { status, headers: { "Cache-Control": "no-store" } });
}

function decode(part) {
  const text = atob(part.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

async function verify(authorization, env, nowMs) {
  if (!authorization?.startsWith("Bearer ")) return null;
  const token = authorization.slice(7);
  const known = tokens.get(token);
  if (known && nowMs < known.exp * 1000) return known.sub;
  const [header, payload, signature] = token.split(".");
  if (!signature || JSON.parse(atob(header)).alg !== "HS256") return null;
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  key ??= await crypto.subtle.importKey("raw", encoder.encode(env.SUPABASE_JWT_SECRET), algorithm, false, ["verify"]);
  if (!(await crypto.subtle.verify("HMAC", key, decode(signature), encoder.encode(`${header}.${payload}`)))) return null;
  const claims = JSON.parse(new TextDecoder().decode(decode(payload)));
  if (claims.aud !== "authenticated" || nowMs >= claims.exp * 1000) return null;
  if (tokens.size > 2048) tokens.clear();
  tokens.set(token, claims);
  return claims.sub;
}

async function isMember(env, workspace, board, user, authorization, nowMs) {
  const place = `${workspace}/${user}`;
  const known = members.get(place);
  if (known && nowMs - known < MEMBERSHIP_MS) return true;
  const answer = await fetch(`${env.BACKEND_URL}/api/boards/${board}/contacts?per_page=1`, {
    headers: { Authorization: authorization, "X-Workspace-ID": workspace },
  });
  await answer.body?.cancel();
  if (!answer.ok) return false;
  members.set(place, nowMs);
  return true;
}

async function ask(env, workspace, nowMs) {
  const stub = env.LEDGER.get(env.LEDGER.idFromName(workspace));
  const view = await (await stub.fetch("https://object/")).json();
  generations.set(workspace, { view, askedAtMs: nowMs, asking: false });
  return view;
}

async function view(env, ctx, workspace, nowMs) {
  const known = generations.get(workspace);
  if (!known || nowMs - known.askedAtMs >= BOUND_MS) return ask(env, workspace, nowMs);
  if (nowMs - known.askedAtMs >= BOUND_MS / 2 && !known.asking) {
    known.asking = true;
    ctx.waitUntil(ask(env, workspace, nowMs));
  }
  return known.view;
}

async function load(env, ctx, url, place, request, stamp) {
  const answer = await fetch(`${env.BACKEND_URL}${url.pathname}${url.search}`, { headers: request.headers });
  if (!answer.ok) return new Response(answer.body, answer);
  const { data } = await answer.json();
  const body = JSON.stringify({ contacts: data.contacts, pagination: data.pagination }).slice(1, -1);
  const etag = answer.headers.get("ETag");
  const metadata = { place, stamp, storedAtMs: Date.now(), etag };
  ctx.waitUntil(env.PAGES.put(place, body, { expirationTtl: 300, metadata }));
  return respond(request, body, metadata, "MISS", "origin", Date.now());
}

/** The generation of `workspace` in `X-Cache-Generation`: what the reader has seen. */
function floorOf(request) {
  const seen = request.headers.get("X-Cache-Generation");
  return seen === null ? 0 : Number(/(?:^|,)workspace=([0-9]{1,16})(?:,|$)/.exec(seen)?.[1] ?? 0);
}

function respond(request, body, { stamp, storedAtMs, etag }, status, source, beganMs) {
  const nowMs = Date.now();
  const age = Math.floor((nowMs - storedAtMs) / 1000);
  const generation = `workspace=${stamp}`;
  const took = nowMs - beganMs;
  const cache = `{"status":"${status}","source":"${source}","ttl":180,"edge_location":"DEV","response_time_ms":${took},"age":${age},"generation":"${generation}"}`;
  const origin = request.headers.get("Origin");
  return new Response(`{"success":true,"data":{${body},"_cache":${cache}}}`, {
    headers: {
      ...(origin === ALLOWED_ORIGIN && { "Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true" }),
      "Content-Type": "application/json; charset=utf-8",
      "Cache-Control": "private, no-cache",
      Vary: "Origin, Authorization",
      ETag: etag,
      Age: String(age),
      "X-Cache-Generation": generation,
      "Cache-Status": `kv; hit; ttl=${180 - age}`,
      "Server-Timing": `total;dur=${took}`,
      "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
      "X-Content-Type-Options": "nosniff",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Referrer-Policy": "no-referrer",
    },
  });
}

export default {
  async fetch(request, env, ctx) {
    const beganMs = Date.now();
    const url = new URL(request.url);
    const board = /^\/api\/boards\/([A-Za-z0-9_-]{1,64})\/contacts$/.exec(url.pathname)?.[1];
    if (!board || request.method !== "GET") return failure(404, "not_found");
    const authorization = request.headers.get("Authorization");
    const user = await verify(authorization, env, beganMs).catch(() => null);
    if (!user) return failure(401, "unauthorized");
    const named = request.headers.get("X-User-ID");
  if (named !== null && named !== user) return failure(403, "forbidden");
  const workspace = request.headers.get("X-Workspace-ID");
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(workspace ?? "")) return failure(400, "invalid_parameter");
    const page = Number(url.searchParams.get("page") ?? 1);
    const perPage = Number(url.searchParams.get("per_page") ?? 50);
    const filter = url.searchParams.get("filter") ?? "all";
    if (!Number.isInteger(page) || page < 1 || !Number.isInteger(perPage) || perPage < 1 || perPage > 100) {
      return failure(400, "invalid_parameter");
    }
    const known = await view(env, ctx, workspace, beganMs);
    if (!(await isMember(env, workspace, board, user, authorization, beganMs))) return failure(403, "forbidden");
    const place = `contacts:${workspace}:${board}:f=${filter}:p=${page}:n=${perPage}`;
    const { value, metadata } = await env.PAGES.getWithMetadata(place, "text");
    if (
    value === null ||
    metadata.place !== place ||
    metadata.stamp < Math.max(known.workspace, floorOf(request)) ||
    Date.now() - metadata.storedAtMs > 180_000
  ) {
      return load(env, ctx, url, place, request, known.workspace);
    }
    if (request.headers.get("If-None-Match") === metadata.etag) return new Response(null, { status: 304 });
    return respond(request, value, metadata, "HIT", "cloudflare_kv", beganMs);
  },
};
