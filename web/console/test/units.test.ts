import { expect, test, vi } from "vitest";
import { hrefOf } from "../src/app/route.ts";
import { targetOf } from "../src/board/ContactGrid.tsx";
import { pageOf } from "../src/board/pages.ts";
import { listOf, parametersOf, selectionOf } from "../src/board/selection.ts";
import { named, resumed, signInAs } from "../src/session/demo.ts";

const read = (query: string) => selectionOf(new URLSearchParams(query), "board_123");

test("the address says what is selected, and what it cannot say is as if it were not there", () => {
  const whole = "board=b&filter=open&sort=name&order=asc&column=c&search=ada+l";
  const selection = read(whole);
  expect(selection).toEqual({
    boardId: "b",
    filter: "open",
    sortBy: "name",
    sortOrder: "asc",
    columnId: "c",
    search: "ada l",
  });
  expect(read(hrefOf("board", parametersOf(selection)).replace("#/board?", ""))).toEqual(selection);
  expect(read("filter=opened&sort=email&order=up&search=+")).toEqual(read(""));
  expect(read(`search=${"x".repeat(300)}`).search).toHaveLength(200);
});

test("what is the default is in neither the address nor the request", () => {
  expect(hrefOf("board", parametersOf(read("board=b")))).toBe("#/board?board=b");
  expect(listOf(read("search=+ada+"))).toMatchObject({ filter: undefined, search: "ada" });
});

test("keys go where they go in any list", () => {
  const from = (key: string) => targetOf(key, 50, 14, 191_663);
  expect(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End", "a"].map(from)).toEqual([
    51,
    49,
    64,
    36,
    0,
    191_662,
    undefined,
  ]);
  expect([0, 99, 100, 191_662].map(pageOf)).toEqual([1, 1, 2, 1917]);
});

test("a demo user stays signed in over a reload, and not after signing out", async () => {
  const user = (userId: string, workspaceId: string | null, role: "member" | "admin" | "system_admin") => ({
    userId,
    workspaceId,
    role,
    token: `token of ${userId}`,
    label: userId,
  });
  const demo = {
    users: [user("ada", "1", "admin"), user("ada", "2", "member"), user("sam", null, "system_admin")],
    boards: { "1": ["b", { id: "c", name: "Sales" }] },
  };
  expect(resumed(demo)).toBeUndefined();
  const ada = signInAs(demo, "ada");
  expect(ada?.memberships).toEqual([
    { workspaceId: "1", role: "admin" },
    { workspaceId: "2", role: "member" },
  ]);
  expect(resumed(demo)?.userId).toBe("ada");
  await ada?.signOut();
  expect(resumed(demo)).toBeUndefined();
  expect(signInAs(demo, "sam")).toMatchObject({ memberships: [], isSystemAdmin: true });
  expect(demo.boards["1"].map(named)).toEqual([
    { id: "b", name: "b" },
    { id: "c", name: "Sales" },
  ]);
  vi.unstubAllGlobals();
  sessionStorage.clear();
});
