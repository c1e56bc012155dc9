// Settings while they are being edited, and what of them has changed.

import type { CacheFeatures, CacheLifetimes, CacheSettings, CacheSettingsChange } from "@boardcache/client";
import { read, type TypedLifetime, typed } from "./lifetime.ts";

export interface Draft {
  readonly cacheEnabled: boolean;
  readonly features: CacheFeatures;
  readonly lifetimes: { readonly [Name in keyof CacheLifetimes]: TypedLifetime };
}

/** What can be cached: its switch, its lifetime, its name. In the order in which they are shown. */
export const FEATURES = [
  {
    feature: "contactLists",
    lifetime: "contactsTTL",
    name: "Contact lists",
    about: "Pages of a board, with filters and sorting",
  },
  {
    feature: "contactCounts",
    lifetime: "contactCountsTTL",
    name: "Contact counts",
    about: "How many contacts each filter has",
  },
  { feature: "search", lifetime: "searchTTL", name: "Search", about: "Pages of search results" },
  {
    feature: "messageHistory",
    lifetime: "messageHistoryTTL",
    name: "Message history",
    about: "The messages of a contact",
  },
] as const satisfies readonly {
  feature: keyof CacheFeatures;
  lifetime: keyof CacheLifetimes;
  name: string;
  about: string;
}[];

export function draftOf(settings: CacheSettings): Draft {
  const { contactCountsTTL, contactsTTL, searchTTL, messageHistoryTTL } = settings.cacheConfig;
  return {
    cacheEnabled: settings.cacheEnabled,
    features: settings.features,
    lifetimes: {
      contactCountsTTL: typed(contactCountsTTL),
      contactsTTL: typed(contactsTTL),
      searchTTL: typed(searchTTL),
      messageHistoryTTL: typed(messageHistoryTTL),
    },
  };
}

/** What to send: what differs from what is stored. Undefined where a lifetime cannot be read. */
export function changeOf(draft: Draft, stored: CacheSettings): CacheSettingsChange | undefined {
  const features: Partial<Record<keyof CacheFeatures, boolean>> = {};
  const cacheConfig: Partial<Record<keyof CacheLifetimes, number>> = {};
  for (const { feature, lifetime } of FEATURES) {
    if (draft.features[feature] !== stored.features[feature]) features[feature] = draft.features[feature];
    const secs = read(draft.lifetimes[lifetime]);
    if (!secs.ok) return undefined;
    if (secs.secs !== stored.cacheConfig[lifetime]) cacheConfig[lifetime] = secs.secs;
  }
  return {
    ...(draft.cacheEnabled === stored.cacheEnabled ? {} : { cacheEnabled: draft.cacheEnabled }),
    ...(Object.keys(features).length === 0 ? {} : { features }),
    ...(Object.keys(cacheConfig).length === 0 ? {} : { cacheConfig }),
  };
}
