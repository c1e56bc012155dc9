// The names of boards and columns: from the database where the console may read it, from the demo, or made of what is seen.

import { useQuery } from "@tanstack/react-query";
import type { Config } from "../config.ts";
import { type Demo, named } from "../session/demo.ts";
import type { Session } from "../session/session.ts";
import { restHeaders } from "./rest.ts";

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Directory {
  readonly boards: readonly Named[];
  readonly columnsOf: (boardId: string) => readonly Named[];
}

interface Rows {
  readonly boards: readonly Named[];
  readonly columns: readonly (Named & { readonly board_id: string })[];
}

const FRESH_MS = 600_000;

/** Undefined while it is being read. */
export function useDirectory(
  config: Config,
  session: Session,
  demo: Demo | undefined,
  workspaceId: string,
): Directory | undefined {
  const rest = useQuery({
    queryKey: ["directory", workspaceId],
    queryFn: ({ signal }) => readRows(config, session, workspaceId, signal),
    enabled: config.restUrl !== null,
    staleTime: FRESH_MS,
    retry: 1,
  });
  if (config.restUrl !== null && rest.isPending) return undefined;
  const boards = rest.data?.boards ?? [];
  const columns = rest.data?.columns ?? [];
  return {
    boards: boards.length > 0 ? boards : (demo?.boards[workspaceId] ?? []).map(named),
    columnsOf: (boardId) => {
      const known = columns.filter((column) => column.board_id === boardId);
      return known.length > 0 ? known : (demo?.columns?.[boardId] ?? []).map(named);
    },
  };
}

async function readRows(
  { restUrl, ...config }: Config,
  session: Session,
  workspaceId: string,
  signal: AbortSignal,
): Promise<Rows> {
  const headers = await restHeaders({ restUrl, ...config }, session);
  const read = async <Row>(table: string, query: Record<string, string>): Promise<Row[]> => {
    const parameters = new URLSearchParams({ workspace_id: `eq.${workspaceId}`, ...query });
    const response = await fetch(`${restUrl}/${table}?${parameters}`, { headers, signal, cache: "no-store" });
    return response.ok ? ((await response.json()) as Row[]) : [];
  };
  const [boards, columns] = await Promise.all([
    read<Rows["boards"][number]>("boards", { select: "id,name", order: "name" }),
    read<Rows["columns"][number]>("board_columns", { select: "id,name,board_id", order: "position" }),
  ]);
  return { boards, columns };
}
