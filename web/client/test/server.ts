// A real server on loopback that answers as the edge and the origin do, as far as a client can tell.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished, vi } from "vitest";

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (request: Received, response: ServerResponse) => void | Promise<void>;

export interface TestServer {
  readonly url: string;
  readonly received: Received[];
  /** Requests whose connection the client has closed before they were answered. */
  readonly cancelled: string[];
  stop(): Promise<void>;
  /** Listens again, where it listened before. */
  start(): Promise<void>;
}

export async function serve(answer: Answer): Promise<TestServer> {
  const received: Received[] = [];
  const cancelled: string[] = [];
  let server: Server;
  let port = 0;

  const handle = async (message: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const chunk of message) body += chunk;
    const { method = "", url = "", headers } = message;
    const request = { method, url, headers, body };
    received.push(request);
    response.on("close", () => {
      if (!response.writableFinished) cancelled.push(url);
    });
    await answer(request, response);
  };
  const start = async () => {
    server = createServer((message, response) => void handle(message, response));
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    port = (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    if (!server.listening) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };

  await start();
  onTestFinished(stop);
  return { url: `http://127.0.0.1:${port}`, received, cancelled, stop, start };
}

export function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

export const pageOf = (page: number, generation = "workspace=1,board:board_1=1") => ({
  contacts: [{ id: `contact_${page}`, name: "Ada", email: null, phone: null, board_column_id: null }],
  pagination: { page, per_page: 50, total: 101, total_pages: 3 },
  _cache: {
    status: "MISS",
    source: "database",
    ttl: 180,
    age: 0,
    response_time_ms: 9,
    edge_location: "LAX",
    generation,
  },
});

/** Pages of a board with an entity tag; the second answer to a reader that has it is a 304 out of the edge's memory. */
export const board: Answer = ({ url, headers }, response) => {
  const page = Number(new URL(url, "http://x").searchParams.get("page") ?? 1);
  const etag = `"page-${page}"`;
  const common = { ETag: etag, "X-Cache-Generation": "workspace=1,board:board_1=1" };
  if (headers["if-none-match"] === etag) {
    response.writeHead(304, { ...common, Age: "7", "Cache-Status": "edge-memory; hit; ttl=173" });
    response.end();
    return;
  }
  const missed = "redis; fwd=uri-miss; stored, origin-memory; fwd=uri-miss; stored, kv; fwd=uri-miss; stored";
  json(response, 200, { success: true, data: pageOf(page) }, { ...common, Age: "0", "Cache-Status": missed });
};

/** Waits until it holds: on a busy machine that may take a while. */
export const eventually = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 10 });
