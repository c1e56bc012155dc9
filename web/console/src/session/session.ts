// Who is signed in, and where.

import type { GetToken } from "@boardcache/client";

export type Role = "member" | "admin" | "system_admin" | null;

export interface Membership {
  readonly workspaceId: string;
  readonly role: Role;
}

/** A user, as whoever signed them in knows them. */
export interface Session {
  readonly userId: string;
  readonly label: string;
  /** Where the user is a member. A system admin may be one nowhere. */
  readonly memberships: readonly Membership[];
  /** Null where it is not known, and has to be asked of the server. */
  readonly isSystemAdmin: boolean | null;
  readonly getToken: GetToken;
  readonly signOut: () => Promise<void>;
  /** Calls the listener when the session ends in another way than by `signOut`, until the returned function is called. Undefined where it cannot. */
  readonly onEnd?: ((listener: () => void) => () => void) | undefined;
}
