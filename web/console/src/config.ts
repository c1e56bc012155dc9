// Where the console finds everything. Read once, from beside the page.

export interface Config {
  /** Where lists are read; null where there is no edge. */
  readonly edgeUrl: string | null;
  /** Where everything else is; empty for the page's own origin. */
  readonly originUrl: string;
  readonly supabaseUrl: string | null;
  readonly supabaseAnonKey: string | null;
  /** A PostgREST for writes, and for names of boards and columns; null where the console cannot write. */
  readonly restUrl: string | null;
  /** In development alone: who can be signed in as by one click. */
  readonly demoUsersUrl: string | null;
}

export async function loadConfig(): Promise<Config> {
  const response = await fetch(new URL("config.json", document.baseURI), { cache: "no-store" });
  if (!response.ok) throw new Error(`config.json: ${response.status}`);
  const given = (await response.json()) as Partial<Config>;
  const supabaseUrl = given.supabaseUrl ?? null;
  return {
    edgeUrl: given.edgeUrl ?? null,
    originUrl: given.originUrl ?? "",
    supabaseUrl,
    supabaseAnonKey: given.supabaseAnonKey ?? null,
    restUrl: given.restUrl ?? (supabaseUrl === null ? null : `${supabaseUrl}/rest/v1`),
    demoUsersUrl: given.demoUsersUrl ?? null,
  };
}
