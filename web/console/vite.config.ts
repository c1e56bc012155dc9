import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  // Addresses are relative: the console works under /console/ and at the root of a host of its own.
  base: "./",
  plugins: [react()],
  resolve: { conditions: ["boardcache-source", "module", "browser", "development|production"] },
  build: {
    target: "es2023",
    // Small files are files all the same: the page's policy allows no data: in their place.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
