import { expect, test, vi } from "vitest";
import { eventsOf, type ServerEvent } from "../src/events.ts";
import { Generations } from "../src/generations.ts";
import { EdgeReachability } from "../src/route.ts";
import { Validators } from "../src/validators.ts";

test("a token is bounded as the API bounds it, and keeps the newest", () => {
  const generations = new Generations();
  for (let board = 1; board <= 200; board++) generations.merge(`board:b${board}=${1_000 + board}`);
  const members = generations.token()?.split(",") ?? [];
  expect(members).toHaveLength(64);
  expect(members[0]).toBe("board:b200=1200");
  expect(members.at(-1)).toBe("board:b137=1137");

  const long = new Generations();
  for (let board = 10; board < 74; board++) long.merge(`board:${"x".repeat(60)}${board}=1795463750490123`);
  expect(long.token()?.length).toBeLessThanOrEqual(4096);
});

test("an older, repeated or malformed token is no news", () => {
  const generations = new Generations();
  expect(generations.merge("workspace=5")).toBe(true);
  for (const token of ["workspace=5", "workspace=4", "", "x", "Workspace=9", "workspace=-1", "board:a b=9", null]) {
    expect(generations.merge(token), String(token)).toBe(false);
  }
  expect(generations.token()).toBe("workspace=5");
});

test("what is dropped is what was sent, and not what was taken in since", () => {
  const generations = new Generations();
  generations.merge("workspace=5,counts=5,7");
  const sent = generations.token() ?? "";
  generations.merge("counts=6,board:b=1");
  generations.drop(sent);
  expect(generations.token()).toBe("counts=6,board:b=1");
});

test("of the remembered answers the one used longest ago goes first", () => {
  const validators = new Validators(2);
  for (const address of ["a", "b"]) validators.set(address, { etag: address, data: null });
  validators.get("a");
  validators.set("c", { etag: "c", data: null });
  expect([validators.get("a")?.etag, validators.get("b"), validators.get("c")?.etag, validators.size]).toEqual([
    "a",
    undefined,
    "c",
    2,
  ]);
});

test("the edge is left alone for longer each time, and many failures at once count as one", () => {
  let now = 0;
  const edge = new EdgeReachability(
    () => now,
    () => undefined,
  );
  for (let request = 0; request < 10; request++) edge.failed("rely");
  now = 4_999;
  expect(edge.attempt()).toBe("skip");
  now = 5_000;
  expect([edge.attempt(), edge.attempt()], "one alone finds out").toEqual(["probe", "skip"]);
  edge.failed("probe");
  now = 14_999;
  expect(edge.attempt()).toBe("skip");
  now = 15_000;
  expect(edge.attempt()).toBe("probe");
  edge.abandoned("probe");
  expect(edge.attempt(), "a cancelled read has found out nothing").toBe("probe");
  edge.answered("probe");
  expect([edge.route, edge.attempt()]).toEqual(["edge", "rely"]);
});

test("events are read whole however they are cut", async () => {
  const text =
    ': hello\n\nretry: 2000\n\nid: 7\r\nevent: figures\r\ndata: {"a":\ndata: 1}\r\n\r\nevent: bye\n\nevent: cut off';
  for (const size of [1, 2, 3, 7, 1000]) {
    const bytes = new TextEncoder().encode(text);
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const events: ServerEvent[] = [];
    for await (const event of eventsOf(stream)) events.push(event);
    expect(events.map(({ event }) => event)).toEqual(["message", "message", "figures", "bye"]);
    expect(events[1]?.retryMs).toBe(2000);
    expect(events[2]).toMatchObject({ id: "7", data: '{"a":\n1}' });
  }
});

test("a body that is not read to its end is cancelled", async () => {
  const cancel = vi.fn();
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("data: 1\n\ndata: 2\n\n")),
    cancel,
  });
  for await (const _ of eventsOf(stream)) break;
  expect(cancel).toHaveBeenCalled();
});
