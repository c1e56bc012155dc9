import { expect, onTestFinished, test, vi } from "vitest";
import { createClient, type LiveFigures } from "../src/index.ts";
import { eventually, json, serve } from "./server.ts";

test("a stream that breaks is opened again from where it broke", async () => {
  let connection = 0;
  const origin = await serve((_, response) => {
    connection++;
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write(`retry: 10\n\nid: ${connection}\nevent: figures\ndata: {"hits":${connection}}\n\n`);
    if (connection < 3) response.end();
  });
  const client = createClient({
    edgeUrl: "http://127.0.0.1:1",
    originUrl: origin.url,
    workspaceId: "15213",
    getToken: () => "t",
  });
  const hits: number[] = [];
  const stop = client.live({ onFigures: (figures: LiveFigures) => hits.push(figures.hits) });
  onTestFinished(stop);
  await eventually(() => expect(hits).toEqual([1, 2, 3]));
  expect(origin.received.map(({ headers }) => headers["last-event-id"])).toEqual(["0", "1", "2"]);
  expect(origin.received[0]).toMatchObject({
    url: "/api/live?workspaceId=15213",
    headers: { authorization: "Bearer t" },
  });
  stop();
  await eventually(() => expect(origin.cancelled).toHaveLength(1));
});

test("an invalidation is told, and reads after it get nothing older", async () => {
  const origin = await serve((_, response) => {
    response.write('event: invalidated\ndata: {"generation":"board:b=7"}\n\n');
  });
  const client = createClient({ edgeUrl: origin.url, workspaceId: "15213", getToken: () => "t" });
  const told = vi.fn();
  onTestFinished(client.live({ onFigures: () => undefined, onInvalidated: told }));
  await eventually(() => expect(told).toHaveBeenCalledWith("board:b=7"));
  client.contacts({ boardId: "b" }).catch(() => undefined);
  await eventually(() => expect(origin.received[1]?.headers["x-cache-generation"]).toBe("board:b=7"));
});

test("whoever may not have it is not given it by asking again", async () => {
  const origin = await serve((_, response) => json(response, 403, { error: { code: "forbidden", message: "no" } }));
  const client = createClient({ edgeUrl: origin.url, workspaceId: "15213", getToken: () => "t" });
  const states: string[] = [];
  onTestFinished(client.systemLive({ onFigures: () => undefined, onState: (state) => states.push(state) }));
  await eventually(() => expect(states).toEqual(["connecting", "closed"]));
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(origin.received).toHaveLength(1);
});

test("all that listen share one stream, and whoever comes later is told what was told", async () => {
  let push: (hits: number) => void = () => undefined;
  const origin = await serve((_, response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    push = (hits) => response.write(`id: ${hits}\nevent: figures\ndata: {"hits":${hits}}\n\n`);
    push(1);
  });
  const client = createClient({ edgeUrl: origin.url, workspaceId: "15213", getToken: () => "t" });
  const listen = () => {
    const told: (number | string)[] = [];
    const stop = client.live({
      onFigures: ({ hits }: LiveFigures) => told.push(hits),
      onState: (state) => told.push(state),
    });
    onTestFinished(stop);
    return { told, stop };
  };
  const first = listen();
  await eventually(() => expect(first.told).toEqual(["connecting", "open", 1]));
  const [second, third] = [listen(), listen()];
  expect(second.told).toEqual(["open", 1]);
  first.stop();
  third.stop();
  push(2);
  await eventually(() => expect(second.told).toEqual(["open", 1, 2]));
  expect(first.told).not.toContain(2);
  expect(origin.received).toHaveLength(1);
  expect(origin.cancelled).toHaveLength(0);
  second.stop();
  await eventually(() => expect(origin.cancelled).toHaveLength(1));
  listen();
  await eventually(() => expect(origin.received).toHaveLength(2));
  expect(origin.received[1]?.headers["last-event-id"], "nothing of the stream before is left").toBe("0");
});
