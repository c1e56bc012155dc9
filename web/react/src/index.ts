export * as format from "./format.ts";
export { type Live, useLive } from "./live/useLive.ts";
export { CacheSettingsPanel, type CacheSettingsPanelProps } from "./settings/CacheSettingsPanel.tsx";
export { SystemCachePanel, type SystemCachePanelProps } from "./system/SystemCachePanel.tsx";
export { CacheBadge } from "./ui/CacheBadge.tsx";
export { explained, Failure } from "./ui/Failure.tsx";
export { Notice, Skeleton } from "./ui/parts.tsx";
