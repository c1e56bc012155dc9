// The charting library is loaded when the first chart is shown, and not before.

import { lazy } from "react";

export const TierPicture = lazy(() => import("./pictures.tsx").then((module) => ({ default: module.TierPicture })));
export const LatencyPicture = lazy(() =>
  import("./pictures.tsx").then((module) => ({ default: module.LatencyPicture })),
);
export const RatePicture = lazy(() => import("./pictures.tsx").then((module) => ({ default: module.RatePicture })));
export const PerformancePicture = lazy(() =>
  import("./pictures.tsx").then((module) => ({ default: module.PerformancePicture })),
);
