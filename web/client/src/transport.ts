// Requests: headers, validators, the read-your-writes token, one renewal of an expired token, and the way around an edge that is away.
//
// It never keeps an answer for longer than it takes to validate it again, never repeats a write, and never lets one user's answers be
// another's: a transport belongs to one user in one workspace.

import { refreshed } from "./cacheInfo.ts";
import { BoardcacheError, failureOf } from "./errors.ts";
import { Generations } from "./generations.ts";
import { type Attempt, EdgeReachability, type Route } from "./route.ts";
import type { CacheInfo } from "./types.ts";
import { Validators } from "./validators.ts";

/** Gives the user's token. `refresh` is asked for when the one before was refused as expired. */
export type GetToken = (why: { readonly refresh: boolean }) => string | Promise<string>;

export interface TransportOptions {
  readonly edgeUrl: string;
  readonly originUrl: string | undefined;
  readonly workspaceId: string;
  readonly getToken: GetToken;
  readonly fetch: typeof globalThis.fetch;
  /** How long the edge may take before the origin is asked instead. */
  readonly edgeTimeoutMs: number;
  readonly onRoute: (route: Route) => void;
  readonly onGeneration: (token: string) => void;
}

/** Who answers a read: lists are cached at the edge, the rest is the origin's. */
export type Tier = "edge" | "origin";

/** As many pages as a screen shows many times over; an entry is a page of contacts. */
const REMEMBERED_ANSWERS = 128;
const UNREACHABLE: ReadonlySet<number> = new Set([502, 503, 504]);

/**
 * Whether it is the token that was refused: minted while a clock was far ahead, it is from the future until the others have caught up. Without it, what
 * was written last is seen a second later at most; with it, nothing is.
 */
async function isRefusedToken(response: Response): Promise<boolean> {
  return response.status === 400 && (await failureOf(response.clone())).field === "X-Cache-Generation";
}

export class Transport {
  readonly generations = new Generations();
  readonly reachability: EdgeReachability;
  readonly #options: TransportOptions;
  readonly #validators = new Validators(REMEMBERED_ANSWERS);

  constructor(options: TransportOptions) {
    this.#options = options;
    this.reachability = new EdgeReachability(() => Date.now(), options.onRoute);
  }

  /** Reads. `_cache` tells of this answer, also where the data was not sent again. */
  async read<Data>(path: string, tier: Tier, signal: AbortSignal | undefined): Promise<Data> {
    const known = this.#validators.get(path);
    const headers = new Headers();
    if (known !== undefined) headers.set("If-None-Match", known.etag);
    const token = this.generations.token();
    if (token !== undefined) headers.set("X-Cache-Generation", token);

    const began = performance.now();
    let response = await this.#reach(path, tier, { headers, signal: signal ?? null });
    if (token !== undefined && (await isRefusedToken(response))) {
      this.generations.drop(token);
      headers.delete("X-Cache-Generation");
      response = await this.#reach(path, tier, { headers, signal: signal ?? null });
    }
    if (response.status === 304 && known !== undefined) {
      const data = known.data as { _cache: CacheInfo };
      return { ...data, _cache: refreshed(data._cache, response.headers, performance.now() - began) } as Data;
    }
    const data = await dataOf<Data>(response);
    const etag = response.headers.get("ETag");
    if (etag !== null) this.#validators.set(path, { etag, data });
    return data;
  }

  /** Writes, at the origin. The generations of the answer are those that the reads after it must have seen. */
  async write<Data>(path: string, body: unknown, signal: AbortSignal | undefined): Promise<Data> {
    const init = {
      method: "POST",
      headers: new Headers({ "Content-Type": "application/json" }),
      body: JSON.stringify(body),
      signal: signal ?? null,
    };
    const response = await this.#reach(path, "origin", init);
    const data = await dataOf<Data>(response);
    this.remember(response.headers.get("X-Cache-Generation"));
    return data;
  }

  /** Opens a stream of events. */
  async stream(path: string, headers: Headers, signal: AbortSignal): Promise<Response> {
    const response = await this.#reach(path, "origin", { headers, signal });
    if (!response.ok) throw await failureOf(response);
    return response;
  }

  /** Takes in a token: reads from now on get nothing older. */
  remember(token: string | null | undefined): void {
    if (this.generations.merge(token)) this.#options.onGeneration(this.generations.token() ?? "");
  }

  forget(): void {
    this.generations.clear();
    this.#validators.clear();
  }

  async #reach(path: string, tier: Tier, init: RequestInit): Promise<Response> {
    const { edgeUrl, originUrl } = this.#options;
    if (originUrl === undefined || originUrl === edgeUrl) return this.#send(edgeUrl + path, init);
    if (tier === "origin") return this.#send(originUrl + path, init);
    const attempt = this.reachability.attempt();
    const fromEdge = attempt === "skip" ? undefined : await this.#tryEdge(edgeUrl + path, attempt, init);
    if (fromEdge instanceof Response && !UNREACHABLE.has(fromEdge.status)) return fromEdge;
    try {
      return await this.#send(originUrl + path, init);
    } catch (error) {
      // Where neither can be reached, what the edge did say is the better explanation.
      if (fromEdge instanceof Response && isNetworkError(error)) return fromEdge;
      throw error;
    }
  }

  /** The edge's answer; nothing if it gave none. */
  async #tryEdge(address: string, attempt: Attempt, init: RequestInit): Promise<Response | undefined> {
    const deadline = AbortSignal.timeout(this.#options.edgeTimeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    try {
      const response = await this.#send(address, { ...init, signal });
      if (UNREACHABLE.has(response.status)) this.reachability.failed(attempt);
      else this.reachability.answered(attempt);
      return response;
    } catch (error) {
      if (init.signal?.aborted || !isUnanswered(error)) {
        this.reachability.abandoned(attempt);
        throw error;
      }
      this.reachability.failed(attempt);
      return undefined;
    }
  }

  async #send(address: string, init: RequestInit): Promise<Response> {
    const response = await this.#sendOnce(address, init, false);
    if (response.status !== 401) return response;
    const failure = await failureOf(response.clone());
    return failure.code === "token_expired" ? this.#sendOnce(address, init, true) : response;
  }

  async #sendOnce(address: string, init: RequestInit, refresh: boolean): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${await this.#options.getToken({ refresh })}`);
    headers.set("X-Workspace-ID", this.#options.workspaceId);
    init.signal?.throwIfAborted();
    try {
      // The browser's own cache would keep people's data, and answer with the `_cache` of an earlier time.
      return await this.#options.fetch(address, { ...init, headers, cache: "no-store", credentials: "omit" });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      const failure = { code: "network_error", message: "the server cannot be reached", status: 0 } as const;
      throw new BoardcacheError(failure, { cause: error });
    }
  }
}

async function dataOf<Data>(response: Response): Promise<Data> {
  if (!response.ok) throw await failureOf(response);
  const body = (await response.json().catch(unreadable)) as { data?: Data };
  if (body.data === undefined) {
    throw new BoardcacheError({ code: "bad_answer", message: "the answer has no data", status: response.status });
  }
  return body.data;
}

/** A body that broke off may come whole another time; one that is no JSON will not. */
function unreadable(error: unknown): never {
  if (error instanceof DOMException && error.name === "AbortError") throw error;
  const [code, message] =
    error instanceof SyntaxError
      ? (["bad_answer", "the answer is no JSON"] as const)
      : (["network_error", "the answer broke off"] as const);
  throw new BoardcacheError({ code, message, status: 0 }, { cause: error });
}

function isNetworkError(error: unknown): boolean {
  return error instanceof BoardcacheError && error.code === "network_error";
}

/** No answer came: no connection, or none in time. */
function isUnanswered(error: unknown): boolean {
  return isNetworkError(error) || (error instanceof DOMException && error.name === "TimeoutError");
}
