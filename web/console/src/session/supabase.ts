// Sign-in with Supabase Auth. Import this lazily: it brings Supabase's client.

import { AuthClient, type Session as AuthSession, isAuthApiError } from "@supabase/auth-js";
import type { Config } from "../config.ts";
import type { Membership, Session } from "./session.ts";

export interface SupabaseAuth {
  resume(): Promise<Session | undefined>;
  signIn(email: string, password: string): Promise<Session>;
}

export function supabaseAuth(config: Config): SupabaseAuth {
  const apikey = config.supabaseAnonKey ?? "";
  const auth = new AuthClient({
    url: `${config.supabaseUrl}/auth/v1`,
    headers: { apikey, Authorization: `Bearer ${apikey}` },
    storage: sessionStorage,
    storageKey: "boardcache:auth",
    persistSession: true,
    autoRefreshToken: true,
    detectSessionInUrl: false,
  });

  const listeners = new Set<() => void>();
  const current = async (refresh: boolean): Promise<AuthSession> => {
    const { data, error } = refresh ? await auth.refreshSession() : await auth.getSession();
    if (error === null && data.session !== null) return data.session;
    // Refused, and not merely unanswered: it will not come back. Supabase's client would say so up to a minute later.
    if (error === null || isAuthApiError(error)) await end();
    throw error ?? new Error("the session has ended");
  };

  async function end(): Promise<void> {
    const told = [...listeners];
    listeners.clear();
    await auth.signOut({ scope: "local" });
    for (const listener of told) listener();
  }

  async function sessionOf({ user, access_token }: AuthSession): Promise<Session> {
    return {
      userId: user.id,
      label: user.email ?? user.id,
      memberships: await membershipsOf(user.id, access_token),
      isSystemAdmin: null,
      getToken: async ({ refresh }) => (await current(refresh)).access_token,
      onEnd: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      signOut: async () => {
        listeners.clear();
        await auth.signOut({ scope: "local" });
      },
    };
  }

  async function membershipsOf(userId: string, token: string): Promise<Membership[]> {
    const query = new URLSearchParams({
      select: "workspace_id,role",
      user_id: `eq.${userId}`,
      order: "workspace_id",
    });
    const response = await fetch(`${config.restUrl}/workspace_members?${query}`, {
      headers: { apikey, Authorization: `Bearer ${token}` },
      cache: "no-store",
    });
    if (!response.ok) throw new Error(`the memberships cannot be read (${response.status})`);
    const rows = (await response.json()) as { workspace_id: string; role: "member" | "admin" }[];
    return rows.map(({ workspace_id: workspaceId, role }) => ({ workspaceId, role }));
  }

  return {
    async resume() {
      const { data } = await auth.getSession();
      return data.session === null ? undefined : sessionOf(data.session);
    },
    async signIn(email, password) {
      const { data, error } = await auth.signInWithPassword({ email, password });
      if (error !== null) throw error;
      return sessionOf(data.session);
    },
  };
}
