// What of a workspace is cached, and for how long. Nothing is sent until it is saved.

import { type CacheSettings, type Client, queriesOf } from "@boardcache/client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { explained } from "../ui/Failure.tsx";
import { Notice, Switch } from "../ui/parts.tsx";
import { changeOf, type Draft, draftOf, FEATURES } from "./draft.ts";
import { LifetimeField } from "./LifetimeField.tsx";

export function SettingsForm({
  client,
  stored,
  canManage,
}: {
  readonly client: Client;
  readonly stored: CacheSettings;
  readonly canManage: boolean;
}) {
  const queryClient = useQueryClient();
  const [edited, setEdited] = useState<Draft>();
  const mainLabel = useId();
  const draft = edited ?? draftOf(stored);
  const change = changeOf(draft, stored);
  const isChanged = change === undefined || Object.keys(change).length > 0;
  const { keys } = queriesOf(client);

  const save = useMutation({
    mutationFn: () => client.saveSettings(change ?? {}),
    onSuccess: async ({ settings: { cache } }) => {
      const saved: CacheSettings = { cacheEnabled: cache.enabled, features: cache.features, cacheConfig: cache.config };
      queryClient.setQueryData([...keys.workspace, "settings"], saved);
      setEdited(undefined);
      // Whatever was read under the old settings is read again when it is next looked at.
      await queryClient.invalidateQueries({ queryKey: keys.workspace });
    },
  });

  return (
    <form
      className="bc-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (change !== undefined) save.mutate();
      }}
    >
      {!canManage && (
        <Notice data-testid="settings-readonly">Only admins of this workspace can change these settings.</Notice>
      )}
      <div className="bc-setting bc-setting-main">
        <div>
          <span className="bc-label" id={mainLabel}>
            Caching
          </span>
          <p className="bc-about">While it is off, every read goes to the database.</p>
        </div>
        <Switch
          labelledBy={mainLabel}
          checked={draft.cacheEnabled}
          disabled={!canManage}
          testId="toggle-cacheEnabled"
          onChange={(cacheEnabled) => setEdited({ ...draft, cacheEnabled })}
        />
      </div>
      <ul className="bc-settings">
        {FEATURES.map((row) => (
          <FeatureRow key={row.feature} row={row} draft={draft} canManage={canManage} onChange={setEdited} />
        ))}
      </ul>
      <footer className="bc-form-foot">
        <p className="bc-about">
          Lifetimes are from 1 minute to 24 hours. Changes take effect at once, at the edge too.
        </p>
        {canManage && (
          <div className="bc-actions">
            <button
              type="button"
              className="bc-button"
              disabled={!isChanged || save.isPending}
              onClick={() => setEdited(undefined)}
            >
              Discard
            </button>
            <button
              type="submit"
              className="bc-button bc-button-primary"
              disabled={!isChanged || change === undefined || save.isPending}
              data-testid="settings-save"
            >
              {save.isPending ? "Saving…" : "Save"}
            </button>
          </div>
        )}
      </footer>
      {save.isSuccess && !isChanged && (
        <Notice tone="good" data-testid="settings-result" data-state="saved">
          Saved. What was cached before cannot be served any more.
        </Notice>
      )}
      {save.isError && (
        <Notice tone="bad" data-testid="settings-result" data-state="error">
          {explained(save.error)}
        </Notice>
      )}
    </form>
  );
}

function FeatureRow({
  row,
  draft,
  canManage,
  onChange,
}: {
  readonly row: (typeof FEATURES)[number];
  readonly draft: Draft;
  readonly canManage: boolean;
  readonly onChange: (draft: Draft) => void;
}) {
  const [label, about] = [useId(), useId()];
  const { feature, lifetime, name } = row;
  return (
    <li className="bc-setting" data-off={!draft.cacheEnabled || !draft.features[feature]}>
      <div>
        <span className="bc-label" id={label}>
          {name}
        </span>
        <p className="bc-about" id={about}>
          {row.about}
        </p>
      </div>
      <LifetimeField
        name={lifetime}
        label={name}
        value={draft.lifetimes[lifetime]}
        disabled={!canManage}
        onChange={(value) => onChange({ ...draft, lifetimes: { ...draft.lifetimes, [lifetime]: value } })}
      />
      <Switch
        labelledBy={label}
        describedBy={about}
        checked={draft.features[feature]}
        disabled={!canManage || !draft.cacheEnabled}
        testId={`toggle-${feature}`}
        onChange={(on) => onChange({ ...draft, features: { ...draft.features, [feature]: on } })}
      />
    </li>
  );
}
