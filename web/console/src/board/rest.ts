// The one write of the console: a contact goes to another column. It goes where the product's own writes go, and the cache hears of it from there.

import type { Config } from "../config.ts";
import type { Session } from "../session/session.ts";

export async function restHeaders(config: Config, session: Session): Promise<Headers> {
  const headers = new Headers({ Authorization: `Bearer ${await session.getToken({ refresh: false })}` });
  if (config.supabaseAnonKey !== null) headers.set("apikey", config.supabaseAnonKey);
  return headers;
}

export interface Moved {
  /** The generations that the write has minted, where whoever took it says so. */
  readonly generation: string | null;
  readonly tookMs: number;
}

export async function moveContact(
  config: Config,
  session: Session,
  {
    workspaceId,
    contactId,
    columnId,
  }: { readonly workspaceId: string; readonly contactId: string; readonly columnId: string },
): Promise<Moved> {
  const began = performance.now();
  const headers = await restHeaders(config, session);
  headers.set("Content-Type", "application/json");
  headers.set("Prefer", "return=representation");
  const query = new URLSearchParams({ id: `eq.${contactId}`, workspace_id: `eq.${workspaceId}` });
  const response = await fetch(`${config.restUrl}/contacts?${query}`, {
    method: "PATCH",
    headers,
    body: JSON.stringify({ board_column_id: columnId }),
    cache: "no-store",
  });
  if (!response.ok) throw new Error(`The database refused the move (${response.status}).`);
  const rows: unknown = response.status === 204 ? undefined : await response.json();
  if (Array.isArray(rows) && rows.length === 0) throw new Error("You may not move this contact.");
  return { generation: response.headers.get("X-Cache-Generation"), tookMs: performance.now() - began };
}
