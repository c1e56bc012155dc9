import { dehydrate, QueryClient, QueryObserver } from "@tanstack/query-core";
import { expect, onTestFinished, test } from "vitest";
import { createClient, queriesOf } from "../src/index.ts";
import { board, eventually, json, pageOf, serve } from "./server.ts";

async function stack(answer = board) {
  const server = await serve(answer);
  const client = createClient({ edgeUrl: server.url, workspaceId: "15213", getToken: () => "t" });
  const queryClient = new QueryClient();
  queryClient.mount();
  onTestFinished(() => {
    queryClient.unmount();
    queryClient.clear();
  });
  return { server, client, queryClient, queries: queriesOf(client) };
}

test("ten components that ask for the same page make one request", async () => {
  const { server, queryClient, queries } = await stack();
  const seen = new Set<number>();
  for (let component = 0; component < 10; component++) {
    const observer = new QueryObserver(queryClient, queries.boardContacts({ boardId: "board_1", page: 1 }));
    onTestFinished(observer.subscribe(({ data }) => data && seen.add(component)));
  }
  await eventually(() => expect(seen.size).toBe(10));
  expect(server.received).toHaveLength(1);
});

test("a request said differently is the same query", async () => {
  const { queries } = await stack();
  const { queryKey } = queries.boardContacts({ boardId: "b", page: 1 });
  expect(queries.boardContacts({ page: 1, boardId: "b", search: "", filter: undefined }).queryKey).toEqual(queryKey);
});

test("an answer stays fresh for what is left of its lifetime, and one that passed the cache by not at all", async () => {
  const { queries } = await stack();
  const { staleTime } = queries.boardContacts({ boardId: "b" });
  const withCache = (_cache: object) => ({
    state: { data: { ...pageOf(1), _cache: { ...pageOf(1)._cache, ..._cache } } },
  });
  expect(staleTime(withCache({ age: 30 }) as never)).toBe(150_000);
  expect(staleTime(withCache({ age: 200, status: "STALE" }) as never)).toBe(0);
  expect(staleTime(withCache({ status: "BYPASS" }) as never)).toBe(0);
  expect(staleTime({ state: { data: undefined } })).toBe(0);

  const counts = {
    _cacheEnabled: true,
    _cached: true,
    _timestamp: "2026-01-01T00:00:00Z",
    _retrievedAt: "2026-01-01T00:00:20Z",
  };
  expect(queries.counts().staleTime({ state: { data: counts as never } })).toBe(40_000);
  expect(queries.counts().staleTime({ state: { data: { ...counts, _cacheEnabled: false } as never } })).toBe(0);
});

test("an infinite list goes from page to page and ends at the last", async () => {
  const { server, queryClient, queries } = await stack();
  const list = await queryClient.fetchInfiniteQuery({
    ...queries.boardContactsInfinite({ boardId: "board_1" }),
    pages: 9,
  });
  expect(list.pages.map(({ pagination }) => pagination.page)).toEqual([1, 2, 3]);
  expect(server.received).toHaveLength(3);
});

test("of a word that is typed one search is sent", async () => {
  const { server, queryClient, queries } = await stack();
  const observer = new QueryObserver(queryClient, queries.search({ boardId: "b", term: "a" }, { settleMs: 40 }));
  onTestFinished(observer.subscribe(() => undefined));
  for (const term of ["ad", "ada", "ada "]) {
    observer.setOptions(queries.search({ boardId: "b", term }, { settleMs: 40 }));
  }
  await eventually(() => expect(observer.getCurrentResult().isSuccess).toBe(true));
  expect(server.received.map(({ url }) => url)).toEqual(["/api/boards/b/contacts?search=ada"]);
});

test("a page that is scrolled past is cancelled on the wire", async () => {
  const { server, queryClient, queries } = await stack(({ url, ...rest }, response) => {
    if (!url.includes("page=1&")) board({ url, ...rest }, response);
  });
  const at = (page: number) => queries.boardContacts({ boardId: "b", page, perPage: 100 });
  const observer = new QueryObserver(queryClient, at(1));
  onTestFinished(observer.subscribe(() => undefined));
  await eventually(() => expect(server.received).toHaveLength(1));
  observer.setOptions(at(2));
  await eventually(() => expect(server.cancelled).toHaveLength(1));
  await eventually(() => expect(observer.getCurrentResult().isSuccess).toBe(true));
});

test("what may succeed later is tried again, as late as was asked; what is refused is not", async () => {
  let refusals = 1;
  const { server, queryClient, queries } = await stack((received, response) => {
    if (received.url.includes("forbidden")) return json(response, 403, { error: { code: "forbidden", message: "no" } });
    if (refusals-- > 0)
      return json(response, 429, { error: { code: "rate_limited", message: "slowly" } }, { "Retry-After": "1" });
    return board(received, response);
  });
  const began = performance.now();
  await queryClient.fetchQuery(queries.boardContacts({ boardId: "b" }));
  expect(performance.now() - began).toBeGreaterThanOrEqual(990);
  await expect(queryClient.fetchQuery(queries.boardContacts({ boardId: "forbidden" }))).rejects.toThrow("no");
  expect(server.received.map(({ url }) => url.split("/")[3])).toEqual(["b", "b", "forbidden"]);
});

test("invalidating a board leaves other boards and contacts alone", async () => {
  const { queryClient, queries } = await stack();
  await queryClient.fetchQuery(queries.boardContacts({ boardId: "one" }));
  await queryClient.fetchQuery(queries.boardContacts({ boardId: "two" }));
  await queryClient.invalidateQueries({ queryKey: queries.keys.board("one") });
  const invalidated = queryClient
    .getQueryCache()
    .getAll()
    .filter(({ state }) => state.isInvalidated);
  expect(invalidated.map(({ queryKey }) => queryKey[3])).toEqual(["one"]);
  expect(dehydrate(queryClient).queries).toHaveLength(2);
});
