import { defineConfig } from "vitest/config";

// What the packages export to each other is read from their sources: nothing has to be built before the tests.
const conditions = ["boardcache-source", "module", "browser", "development|production"];

export default defineConfig({
  test: {
    testTimeout: 30_000,
    // The charting library complains about every chart that is not laid out.
    silent: "passed-only",
    projects: [
      {
        extends: true,
        resolve: { conditions },
        ssr: { resolve: { conditions: ["boardcache-source", "module", "node", "development|production"] } },
        test: {
          name: "client",
          root: "client",
          include: ["test/**/*.test.ts"],
          typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "tsconfig.json" },
        },
      },
      {
        extends: true,
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "react",
          root: "react",
          environment: "jsdom",
          include: ["test/**/*.test.{ts,tsx}"],
          setupFiles: ["../test-setup.ts"],
        },
      },
      {
        extends: true,
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "console",
          root: "console",
          environment: "jsdom",
          include: ["test/**/*.test.{ts,tsx}"],
          setupFiles: ["../test-setup.ts"],
        },
      },
    ],
  },
});
