// One click as each demo user. In development alone: the file is served nowhere else.

import type { Membership, Role, Session } from "./session.ts";

type Named = string | { readonly id: string; readonly name: string };

interface DemoUser {
  readonly userId: string;
  readonly workspaceId: string | null;
  readonly role: Role;
  readonly token: string;
  readonly label: string;
}

export interface Demo {
  readonly users: readonly DemoUser[];
  readonly boards: Readonly<Record<string, readonly Named[]>>;
  readonly columns?: Readonly<Record<string, readonly Named[]>> | undefined;
  readonly workspaces?: Readonly<Record<string, string>> | undefined;
}

/** An id with its name; the id stands for the name where there is none. */
export function named(entry: Named): { readonly id: string; readonly name: string } {
  return typeof entry === "string" ? { id: entry, name: entry } : entry;
}

const KEY = "boardcache:demo-user";

export async function loadDemo(url: string): Promise<Demo> {
  const response = await fetch(new URL(url, document.baseURI), { cache: "no-store" });
  if (!response.ok) throw new Error(`the demo users: ${response.status}`);
  return (await response.json()) as Demo;
}

/** Signs in, and stays so over a reload of the tab. */
export function signInAs(demo: Demo, userId: string): Session | undefined {
  const entries = demo.users.filter((user) => user.userId === userId);
  const [first] = entries;
  if (first === undefined) return undefined;
  sessionStorage.setItem(KEY, userId);
  const memberships = entries.flatMap(({ workspaceId, role }): Membership[] =>
    workspaceId === null ? [] : [{ workspaceId, role }],
  );
  return {
    userId,
    label: first.label,
    memberships,
    isSystemAdmin: entries.some(({ role }) => role === "system_admin"),
    getToken: () => first.token,
    signOut: async () => sessionStorage.removeItem(KEY),
  };
}

/** The user that was signed in before the reload. */
export function resumed(demo: Demo): Session | undefined {
  const userId = sessionStorage.getItem(KEY);
  return userId === null ? undefined : signInAs(demo, userId);
}
