// The panels as views of the console. Import this lazily: the board does not need it.

import type { Client } from "@boardcache/client";
import { CacheSettingsPanel, SystemCachePanel } from "@boardcache/react";

export function SettingsView({ client, canManage }: { readonly client: Client; readonly canManage: boolean }) {
  return (
    <div className="page">
      <h1 className="page-title">Cache settings</h1>
      <CacheSettingsPanel client={client} canManage={canManage} />
    </div>
  );
}

export function SystemView({ client }: { readonly client: Client }) {
  return (
    <div className="page">
      <h1 className="page-title">System</h1>
      <SystemCachePanel client={client} />
    </div>
  );
}
