// Fails if the client has more than 6 KB gzipped, without TanStack.

import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const MOST_BYTES = 6 * 1024;

const { outputFiles } = await build({
  entryPoints: [new URL("../src/index.ts", import.meta.url).pathname],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2023",
  external: ["@tanstack/*"],
  write: false,
});
const bytes = gzipSync(outputFiles[0].contents, { level: 9 }).length;
process.stdout.write(`@boardcache/client: ${bytes} bytes gzipped, of ${MOST_BYTES} at most\n`);
if (bytes > MOST_BYTES) process.exitCode = 1;
