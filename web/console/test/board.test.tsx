import { onlineManager, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import type { ComponentProps } from "react";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { json, serve } from "../../client/test/server.ts";
import { useRoute } from "../src/app/route.ts";
import { openWorkspace } from "../src/app/workspace.ts";
import { BoardView } from "../src/board/BoardView.tsx";
import type { Config } from "../src/config.ts";
import type { Session } from "../src/session/session.ts";

const TOTAL = 191_663;

beforeEach(() => {
  // jsdom lays nothing out: the list is told to be as high as a screen.
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "offsetWidth", "get").mockReturnValue(1000);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, "scrollHeight", "get").mockReturnValue(10_000_000);
  HTMLElement.prototype.scrollTo = function scrollTo(this: HTMLElement, to?: ScrollToOptions | number) {
    this.scrollTop = typeof to === "object" ? (to.top ?? 0) : 0;
    this.dispatchEvent(new Event("scroll"));
  } as typeof HTMLElement.prototype.scrollTo;
  HTMLDialogElement.prototype.show = HTMLDialogElement.prototype.showModal = function open() {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function close() {
    this.open = false;
  };
  window.location.hash = "";
});

/** The board that the address says. */
function RoutedBoard(props: Omit<ComponentProps<typeof BoardView>, "parameters">) {
  return <BoardView {...props} parameters={useRoute().parameters} />;
}

async function board({ restUrl = "set" }: { restUrl?: "set" | null } = {}) {
  const columns = new Map<string, string>();
  let generation = 1;
  let isDown = false;
  const origin = await serve(({ method, url, body }, response) => {
    const { pathname, searchParams } = new URL(url, "http://x");
    const _cache = {
      status: "HIT",
      source: "edge_memory",
      ttl: 180,
      age: 3,
      response_time_ms: 1,
      edge_location: "LAX",
      generation: `board:b=${generation}`,
    };
    const contact = (id: string) => ({
      id,
      name: `Name of ${id}`,
      email: null,
      phone: null,
      status: "open",
      priority: "medium",
      board_column_id: columns.get(id) ?? "col_new",
    });
    if (isDown) return json(response, 403, { error: { code: "forbidden", message: "no" } });
    if (pathname === "/rest/contacts" && method === "PATCH") {
      columns.set(searchParams.get("id")?.slice(3) ?? "", JSON.parse(body).board_column_id);
      generation = 2;
      return json(response, 200, [{}], { "X-Cache-Generation": "board:b=2" });
    }
    if (pathname === "/rest/boards") return json(response, 200, [{ id: "b", name: "Sales" }]);
    if (pathname === "/rest/board_columns")
      return json(
        response,
        200,
        ["col_new", "col_done"].map((id) => ({ id, name: id.slice(4), board_id: "b" })),
      );
    if (pathname === "/api/boards/b/contacts") {
      const [page, per_page] = [Number(searchParams.get("page")), Number(searchParams.get("per_page"))];
      const total = searchParams.get("search") === "nobody" ? 0 : TOTAL;
      const here = Math.min(per_page, total - (page - 1) * per_page);
      const contacts = Array.from({ length: Math.max(0, here) }, (_, row) =>
        contact(`c${(page - 1) * per_page + row}`),
      );
      return json(response, 200, {
        success: true,
        data: { contacts, pagination: { page, per_page, total, total_pages: Math.ceil(total / per_page) }, _cache },
      });
    }
    if (pathname.endsWith("/messages"))
      return json(response, 200, {
        success: true,
        data: { messages: [], pagination: { page: 1, per_page: 20, total: 0, total_pages: 0 }, _cache },
      });
    if (pathname.startsWith("/api/contacts/"))
      return json(response, 200, { success: true, data: { contact: contact(pathname.split("/")[3] ?? ""), _cache } });
    return json(response, 404, { error: { code: "not_found", message: "" } });
  });
  const config: Config = {
    edgeUrl: origin.url,
    originUrl: origin.url,
    supabaseUrl: null,
    supabaseAnonKey: null,
    restUrl: restUrl && `${origin.url}/rest`,
    demoUsersUrl: null,
  };
  const session: Session = {
    userId: "ada",
    label: "Ada",
    memberships: [],
    isSystemAdmin: false,
    getToken: () => "t",
    signOut: async () => undefined,
  };
  const workspace = openWorkspace(config, session, "15213");
  onTestFinished(() => {
    cleanup();
    workspace.queryClient.clear();
  });
  const demo = { users: [], boards: { "15213": [{ id: "b", name: "Sales" }] } };
  render(
    <QueryClientProvider client={workspace.queryClient}>
      <RoutedBoard config={config} session={session} demo={demo} workspace={workspace} />
    </QueryClientProvider>,
  );
  const lists = () => origin.received.filter(({ url }) => url.startsWith("/api/boards/"));
  return {
    origin,
    lists,
    fail: () => {
      isDown = true;
    },
  };
}

test("a board of 191,663 contacts is a grid that knows its size, of which a screenful exists", async () => {
  const { lists } = await board();
  await screen.findByText("Name of c0");
  const grid = screen.getByRole("grid", { name: "Contacts of Sales" });
  expect(grid.getAttribute("aria-rowcount")).toBe(String(TOTAL + 1));
  expect(screen.getAllByTestId("contact-row").length).toBeLessThan(40);
  expect(screen.getByTestId("total-count").textContent).toBe("191,663 contacts");
  expect(screen.getByTestId("page-badge").dataset).toMatchObject({ page: "1", status: "HIT", source: "edge_memory" });
  expect(lists(), "the list and the total are of one request").toHaveLength(1);
});

test("the last contact is one key away, and the way there is not read", async () => {
  const { lists } = await board();
  await screen.findByText("Name of c0");
  const grid = screen.getByRole("grid");
  grid.focus();
  await userEvent.keyboard("{End}");
  await screen.findByText("Name of c191662");
  expect(grid.getAttribute("aria-activedescendant")).toBe(
    screen.getByText("Name of c191662").closest("[role=row]")?.id,
  );
  expect(screen.getByTestId("page-badge").dataset.page).toBe("1917");
  expect(lists().map(({ url }) => new URL(url, "http://x").searchParams.get("page"))).toEqual(["1", "1917"]);
  await userEvent.keyboard("{Home}{ArrowDown}");
  await screen.findByText("Name of c1");
  expect(document.getElementById(grid.getAttribute("aria-activedescendant") ?? "")?.dataset.index).toBe("1");
});

test("a search that finds nobody says so, and the way back is a click", async () => {
  await board();
  await screen.findByText("Name of c0");
  await userEvent.type(screen.getByTestId("search-input"), "nobody");
  await screen.findByTestId("board-empty");
  expect(window.location.hash).toContain("search=nobody");
  await userEvent.click(screen.getByRole("button", { name: "Show all contacts" }));
  await screen.findByText("Name of c0");
});

test("a contact that is moved is shown where it went, out of a fresh page", async () => {
  const { origin } = await board();
  await userEvent.click(await screen.findByText("Name of c3"));
  await userEvent.selectOptions(await screen.findByTestId("move-select"), "col_done");
  await userEvent.click(screen.getByTestId("move-submit"));
  await waitFor(() =>
    expect(screen.getByTestId("move-result").dataset).toMatchObject({ step: "fresh", generation: "board:b=2" }),
  );
  await waitFor(() =>
    expect(document.querySelector<HTMLElement>("[data-contact-id=c3]")?.dataset.columnId).toBe("col_done"),
  );
  const after = origin.received.slice(origin.received.findIndex(({ method }) => method === "PATCH") + 1);
  expect(after.length).toBeGreaterThan(0);
  for (const { headers } of after) expect(headers["x-cache-generation"]).toBe("board:b=2");
});

test("where the console cannot write it says why nothing can be moved", async () => {
  await board({ restUrl: null });
  await userEvent.click(await screen.findByText("Name of c3"));
  await screen.findByText(/^Contacts cannot be moved here/);
  expect(screen.queryByTestId("move-submit")).toBeNull();
});

test("Escape closes a contact and gives the list its focus back", async () => {
  await board();
  await userEvent.click(await screen.findByText("Name of c3"));
  await screen.findByTestId("contact-drawer");
  screen.getByTestId("drawer-close").focus();
  await userEvent.keyboard("{Escape}");
  expect(screen.queryByTestId("contact-drawer")).toBeNull();
  expect(document.activeElement).toBe(screen.getByRole("grid"));
});

test("what is refused is told in words, with a way to try again", async () => {
  const { fail } = await board();
  await screen.findByText("Name of c0");
  fail();
  await userEvent.selectOptions(screen.getByTestId("filter-select"), "open");
  const error = await screen.findByTestId("board-error");
  expect(error.textContent).toContain("You may not do this in this workspace.");
  expect(screen.queryByTestId("go-to-page"), "there are no pages to go to").toBeNull();
});

test("what was read stays when it cannot be read again", async () => {
  const { fail } = await board();
  await screen.findByText("Name of c0");
  fail();
  await userEvent.click(screen.getByTestId("refresh"));
  await screen.findAllByTestId("board-error");
  expect(screen.getByText("Name of c0")).toBeTruthy();
  expect(screen.getByTestId("total-count").dataset.total).toBe(String(TOTAL));
});

test("the page that one goes to is the page at the top, and the one before it is not read", async () => {
  const { lists } = await board();
  await screen.findByText("Name of c0");
  await userEvent.clear(screen.getByTestId("go-to-page"));
  await userEvent.type(screen.getByTestId("go-to-page"), "700{Enter}");
  await screen.findByText("Name of c69900");
  await waitFor(() => expect(screen.getByTestId("page-badge").dataset.page).toBe("700"));
  expect(lists().map(({ url }) => new URL(url, "http://x").searchParams.get("page"))).not.toContain("699");
});

test("a page that is not read because nobody is online says so", async () => {
  await board();
  await screen.findByText("Name of c0");
  onlineManager.setOnline(false);
  onTestFinished(() => onlineManager.setOnline(true));
  screen.getByRole("grid").focus();
  await userEvent.keyboard("{End}");
  await waitFor(() => expect(screen.getByTestId("page-badge").textContent).toBe("Not read: you are offline"));
});
