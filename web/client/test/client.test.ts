import { expect, test, vi } from "vitest";
import { BoardcacheError, createClient } from "../src/index.ts";
import { board, eventually, json, pageOf, serve } from "./server.ts";

const getToken = () => "a-token";
const request = { boardId: "board_1" } as const;

const failed = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail("it succeeded"),
    (error: BoardcacheError) => error,
  );

test("a request bears the token and the workspace, and its parameters in one order", async () => {
  const edge = await serve(board);
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  await client.contacts({ sortOrder: "asc", filter: "open", perPage: 100, page: 2, boardId: "board_1", search: "" });
  expect(edge.received[0]?.url).toBe("/api/boards/board_1/contacts?page=2&per_page=100&filter=open&sort_order=asc");
  expect(edge.received[0]?.headers).toMatchObject({ authorization: "Bearer a-token", "x-workspace-id": "15213" });
});

test("what is known is validated, and a 304 says where it came from and how old it is", async () => {
  const edge = await serve(board);
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  const first = await client.contacts(request);
  expect(first._cache).toMatchObject({ status: "MISS", source: "database", age: 0 });

  const second = await client.contacts(request);
  expect(edge.received[1]?.headers["if-none-match"]).toBe('"page-1"');
  expect(second.contacts).toBe(first.contacts);
  expect(second._cache).toMatchObject({ status: "HIT", source: "edge_memory", age: 7, ttl: 180 });
});

test.each([
  ["redis; fwd=bypass, origin-memory; fwd=bypass, kv; fwd=uri-miss", "BYPASS", "database"],
  ["redis; fwd=bypass, origin-memory; fwd=uri-miss", "MISS", "database"],
  ["redis; hit; ttl=12, origin-memory; fwd=uri-miss; stored, kv; fwd=stale", "HIT", "redis"],
  ["kv; hit; ttl=-4, edge-memory; fwd=uri-miss; stored", "STALE", "cloudflare_kv"],
  ["origin-memory; hit; ttl=90, kv; fwd=bypass, edge-memory; fwd=bypass", "HIT", "origin_memory"],
])("a 304 with Cache-Status %s is %s", async (cacheStatus, status, source) => {
  const edge = await serve(({ headers }, response) => {
    if (headers["if-none-match"] === undefined) {
      json(response, 200, { success: true, data: pageOf(1) }, { ETag: '"e"' });
    } else {
      response.writeHead(304, { "Cache-Status": cacheStatus, Age: "1" }).end();
    }
  });
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  await client.contacts(request);
  expect((await client.contacts(request))._cache).toMatchObject({ status, source });
});

test("after its own write a client reads nothing older, and tokens merge by maximum", async () => {
  const origin = await serve(({ method, url, headers }, response) => {
    if (method === "GET") return board({ method, url, headers, body: "" }, response);
    json(
      response,
      200,
      { success: true, data: { deletedEntries: 1, patterns: [], generation: "" } },
      { "X-Cache-Generation": "workspace=20,counts=20" },
    );
  });
  const client = createClient({ edgeUrl: origin.url, workspaceId: "15213", getToken });
  await client.contacts(request);
  expect(origin.received[0]?.headers["x-cache-generation"]).toBeUndefined();
  await client.invalidate();
  client.remember("workspace=19,board:board_1=30, nonsense, 7");
  await client.contacts(request);
  expect(origin.received[2]?.headers["x-cache-generation"]).toBe("board:board_1=30,workspace=20,counts=20,7");
});

test("a token that is refused is dropped, and the read made without it", async () => {
  const edge = await serve((received, response) => {
    if (received.headers["x-cache-generation"] === undefined) return board(received, response);
    const error = {
      code: "invalid_parameter",
      message: "X-Cache-Generation is from the future",
      field: "X-Cache-Generation",
    };
    json(response, 400, { success: false, error });
  });
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  client.remember("workspace=9007199254740991");
  await client.contacts(request);
  await client.contacts(request);
  expect(edge.received.map(({ headers }) => headers["x-cache-generation"] !== undefined)).toEqual([true, false, false]);
});

test("what is not wanted any more is cancelled on the wire", async () => {
  const edge = await serve(() => undefined);
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  const wanted = new AbortController();
  const reading = failed(client.contacts(request, { signal: wanted.signal }));
  await eventually(() => expect(edge.received).toHaveLength(1));
  wanted.abort();
  expect((await reading).name).toBe("AbortError");
  await eventually(() => expect(edge.cancelled).toHaveLength(1));
});

test("a failure says what is to blame and when to come again", async () => {
  const edge = await serve((_, response) =>
    json(
      response,
      503,
      { success: false, error: { code: "unavailable", message: "at the moment", field: "page" } },
      { "Retry-After": "2", "X-Request-ID": "r1" },
    ),
  );
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  const error = await failed(client.contacts(request));
  expect(error).toBeInstanceOf(BoardcacheError);
  expect({ ...error }).toMatchObject({
    code: "unavailable",
    status: 503,
    field: "page",
    retryAfterSecs: 2,
    requestId: "r1",
  });
  expect(error.isRetryable).toBe(true);
});

test("an answer that is not the API's is a failure all the same", async () => {
  const edge = await serve((_, response) => void response.writeHead(404).end("<html>"));
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  const error = await failed(client.contacts(request));
  expect({ ...error }).toMatchObject({ code: "bad_answer", status: 404 });
  expect(error.isRetryable).toBe(false);
});

test.each([
  ["broke off", "network_error", true, "Content-Length"],
  ["is no JSON", "bad_answer", false, "X-Whole"],
])("an answer that %s is a failure of its own kind", async (_, code, isRetryable, header) => {
  const edge = await serve((_, response) => {
    response.writeHead(200, { [header]: "1000" });
    response.write('{"success": true, "data": {');
    if (header === "X-Whole") response.end();
    else setTimeout(() => response.destroy(), 20);
  });
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  const error = await failed(client.contacts(request));
  expect([error.code, error.isRetryable]).toEqual([code, isRetryable]);
});

test("a token that has expired is renewed once", async () => {
  const edge = await serve((received, response) => {
    if (received.headers.authorization === "Bearer new") return board(received, response);
    json(response, 401, { success: false, error: { code: "token_expired", message: "the token has expired" } });
  });
  const renewed = vi.fn(({ refresh }: { refresh: boolean }) => (refresh ? "new" : "old"));
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken: renewed });
  await client.contacts(request);
  expect(edge.received.map(({ headers }) => headers.authorization)).toEqual(["Bearer old", "Bearer new"]);

  const hopeless = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  expect((await failed(hopeless.contacts(request))).code).toBe("token_expired");
  expect(edge.received).toHaveLength(4);
});

test("lists go on through the origin while the edge is away, and come back to it", async () => {
  const [edge, origin] = [await serve(board), await serve(board)];
  const client = createClient({ edgeUrl: edge.url, originUrl: origin.url, workspaceId: "15213", getToken });
  const routes: string[] = [];
  client.subscribe((event) => event.type === "route" && routes.push(event.route));

  await client.contacts(request);
  expect([edge.received.length, origin.received.length, client.route]).toEqual([1, 0, "edge"]);

  await edge.stop();
  await client.contacts(request);
  await client.contacts(request);
  expect([origin.received.length, client.route]).toEqual([2, "origin"]);

  await edge.start();
  await client.contacts(request);
  expect(edge.received, "it is left alone for a while").toHaveLength(1);

  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 6_000);
  await client.contacts(request);
  vi.restoreAllMocks();
  expect([edge.received.length, client.route]).toEqual([2, "edge"]);
  expect(routes).toEqual(["origin", "edge"]);
});

test.each([502, 503, 504])("an edge that answers %i is gone around", async (status) => {
  const edge = await serve((_, response) => void response.writeHead(status).end());
  const origin = await serve(board);
  const client = createClient({ edgeUrl: edge.url, originUrl: origin.url, workspaceId: "15213", getToken });
  expect((await client.contacts(request)).pagination.total).toBe(101);
});

test("an edge that says nothing is gone around in time", async () => {
  const edge = await serve(() => undefined);
  const origin = await serve(board);
  const options = { edgeUrl: edge.url, originUrl: origin.url, workspaceId: "15213", getToken, edgeTimeoutMs: 50 };
  expect((await createClient(options).contacts(request)).pagination.total).toBe(101);
});

test("what the edge refuses is refused: the origin is not asked for another opinion", async () => {
  const refusal = { success: false, error: { code: "forbidden", message: "no" } };
  const edge = await serve((_, response) => json(response, 403, refusal));
  const origin = await serve(board);
  const client = createClient({ edgeUrl: edge.url, originUrl: origin.url, workspaceId: "15213", getToken });
  expect((await failed(client.contacts(request))).code).toBe("forbidden");
  expect(origin.received).toHaveLength(0);
});

test("what the edge does not have is read at the origin", async () => {
  const edge = await serve(board);
  const origin = await serve((_, response) => json(response, 200, { success: true, data: {} }));
  const client = createClient({ edgeUrl: edge.url, originUrl: origin.url, workspaceId: "15213", getToken });
  await client.settings();
  await client.counts({ useCache: false });
  await client.messages({ contactId: "c/1", page: 2 });
  await client.saveSettings({ features: { search: false } });
  expect(edge.received).toHaveLength(0);
  expect(origin.received.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "GET /api/cache-settings/workspace/15213/settings",
    "GET /api/cache-settings/workspace/15213/counts?useCache=false",
    "GET /api/contacts/c%2F1/messages?page=2",
    "POST /api/cache-settings/workspace/15213/settings",
  ]);
  expect(origin.received[3]?.body).toBe('{"features":{"search":false}}');
});

test("where nobody can be reached the error says so, and may be tried again", async () => {
  const server = await serve(board);
  await server.stop();
  const client = createClient({ edgeUrl: server.url, originUrl: server.url, workspaceId: "15213", getToken });
  const error = await failed(client.contacts(request));
  expect({ ...error }).toMatchObject({ code: "network_error", status: 0 });
  expect(error.isRetryable).toBe(true);
});

test("after forgetting nothing of the user before is sent or used", async () => {
  const edge = await serve(board);
  const client = createClient({ edgeUrl: edge.url, workspaceId: "15213", getToken });
  client.remember("workspace=5");
  await client.contacts(request);
  client.forget();
  await client.contacts(request);
  expect(edge.received[1]?.headers["if-none-match"]).toBeUndefined();
  expect(edge.received[1]?.headers["x-cache-generation"]).toBeUndefined();
});
