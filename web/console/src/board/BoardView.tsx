// A board: what is selected, the list of it, and the contact that is looked at.

import type { Contact } from "@boardcache/client";
import { Failure, Notice, Skeleton } from "@boardcache/react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { PHONE, useMedia } from "../app/media.ts";
import { replaceRoute } from "../app/route.ts";
import type { Workspace } from "../app/workspace.ts";
import type { Config } from "../config.ts";
import type { Demo } from "../session/demo.ts";
import type { Session } from "../session/session.ts";
import { ContactGrid, MOST_ROWS } from "./ContactGrid.tsx";
import { Drawer } from "./Drawer.tsx";
import { type Directory, useDirectory } from "./directory.ts";
import { PageBar } from "./PageBar.tsx";
import type { PageState } from "./PageMark.tsx";
import { PER_PAGE, pageQuery, requestOf } from "./pages.ts";
import { parametersOf, type Selection, selectionOf } from "./selection.ts";
import { Toolbar } from "./Toolbar.tsx";

interface BoardViewProps {
  readonly config: Config;
  readonly session: Session;
  readonly demo: Demo | undefined;
  readonly workspace: Workspace;
  readonly parameters: URLSearchParams;
}

export function BoardView(props: BoardViewProps) {
  const directory = useDirectory(props.config, props.session, props.demo, props.workspace.client.workspaceId);
  if (directory === undefined) return <Skeleton lines={8} label="Loading the boards" />;
  const boardId = props.parameters.get("board") ?? directory.boards[0]?.id;
  if (boardId === undefined) return <p className="empty">This workspace has no boards yet.</p>;
  return <Board {...props} directory={directory} selection={selectionOf(props.parameters, boardId)} />;
}

interface Opened {
  readonly contact: Contact;
  readonly page: number;
}

function Board({
  config,
  session,
  workspace,
  directory,
  selection,
}: BoardViewProps & { readonly directory: Directory; readonly selection: Selection }) {
  const queryClient = useQueryClient();
  const isPhone = useMedia(PHONE);
  const [opened, setOpened] = useState<Opened>();
  const [goTo, setGoTo] = useState<{ readonly page: number }>();
  const [top, setTop] = useState<{ readonly state: PageState; readonly isFetching: boolean }>();
  const { queries, client } = workspace;

  // The first page says how many there are. While another selection is on its way the one before stays.
  const first = useQuery(pageQuery(workspace, selection, 1, selection.search === undefined ? 0 : 250));
  const settled = useRef<{ readonly selection: Selection; readonly total: number }>(undefined);
  if (first.data !== undefined) settled.current = { selection, total: first.data.pagination.total };
  // What was read before is better than nothing, while it cannot be read again.
  const isLost = first.isError && first.data === undefined;
  const shown = isLost ? undefined : settled.current;
  const key = JSON.stringify(shown?.selection);
  const columns = directory.columnsOf(shown?.selection.boardId ?? selection.boardId);

  const names = useMemo(() => new Map(columns.map(({ id, name }) => [id, name])), [columns]);
  const columnName = useCallback(
    (id: string | null | undefined) => (id == null ? "—" : (names.get(id) ?? id)),
    [names],
  );
  const boardKey = queries.keys.board(selection.boardId);
  const refresh = () => void queryClient.invalidateQueries({ queryKey: boardKey });
  useInvalidations(workspace);

  const onTop = useCallback((state: PageState, isFetching: boolean) => setTop({ state, isFetching }), []);
  const onOpen = useCallback((contact: Contact, page: number) => setOpened({ contact, page }), []);
  const close = () => {
    setOpened(undefined);
    document.querySelector<HTMLElement>("[data-testid=board-grid]")?.focus();
  };
  const boardName = directory.boards.find(({ id }) => id === selection.boardId)?.name ?? selection.boardId;

  return (
    <div className="board" data-testid="board-view" data-drawer={opened !== undefined}>
      <h1 className="bc-hidden">{boardName}</h1>
      <Toolbar
        selection={selection}
        boards={directory.boards}
        columns={directory.columnsOf(selection.boardId)}
        isRefreshing={first.isFetching || (top?.isFetching ?? false)}
        onChange={(next) => replaceRoute("board", parametersOf(next))}
        onRefresh={refresh}
      />
      {!isLost && (
        <PageBar
          top={shown === undefined || shown.total === 0 ? undefined : top?.state}
          total={shown?.total}
          pages={Math.ceil(Math.min(shown?.total ?? 0, MOST_ROWS) / PER_PAGE)}
          onGoTo={(page) => setGoTo({ page })}
        />
      )}
      {first.isError && <Failure error={first.error} retry={() => void first.refetch()} testId="board-error" />}
      {shown === undefined && !isLost && <Skeleton lines={12} label="Loading the contacts" />}
      {shown !== undefined && shown.total > MOST_ROWS && (
        <Notice tone="warning">
          This list is longer than a browser can show. Narrow it with a filter or a search to see its end.
        </Notice>
      )}
      {shown?.total === 0 && <Empty selection={shown.selection} />}
      {shown !== undefined && shown.total > 0 && (
        <ContactGrid
          key={`${client.workspaceId}:${key}`}
          workspace={workspace}
          selection={shown.selection}
          total={shown.total}
          rowHeight={isPhone ? 58 : 42}
          headHeight={isPhone ? 0 : 34}
          label={`Contacts of ${boardName}`}
          columnName={columnName}
          goTo={goTo}
          onOpen={onOpen}
          onTop={onTop}
        />
      )}
      {opened !== undefined && (
        <Drawer
          key={opened.contact.id}
          workspace={workspace}
          config={config}
          session={session}
          listed={opened.contact}
          page={requestOf(shown?.selection ?? selection, opened.page)}
          columns={columns}
          onClose={close}
        />
      )}
    </div>
  );
}

function Empty({ selection }: { readonly selection: Selection }) {
  const { boardId, filter, columnId, search, ...order } = selection;
  const isNarrowed = filter !== "all" || columnId !== undefined || search !== undefined;
  return (
    <div className="empty" data-testid="board-empty">
      <p>{isNarrowed ? "No contact matches." : "This board has no contacts yet."}</p>
      {isNarrowed && (
        <button
          type="button"
          className="bc-button"
          onClick={() => replaceRoute("board", parametersOf({ boardId, filter: "all", ...order }))}
        >
          Show all contacts
        </button>
      )}
    </div>
  );
}

/** How often what is on screen may be read again because others change it, in milliseconds. */
const AT_MOST_EVERY_MS = 1_000;

/** Reads again what is on screen when somebody has changed something, as soon as the origin says so. */
function useInvalidations({ client, queries }: Workspace): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let last = 0;
    const read = () => {
      timer = undefined;
      last = Date.now();
      void queryClient.invalidateQueries({ queryKey: queries.keys.workspace });
    };
    const stop = client.live({
      onFigures: () => undefined,
      onInvalidated: () => {
        timer ??= setTimeout(read, Math.max(0, last + AT_MOST_EVERY_MS - Date.now()));
      },
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, [client, queries, queryClient]);
}
