// Runs the peer in workerd, as tests/stack/js/edge.mjs runs the Worker: Miniflare alone.
//
// Argument: one JSON object, see src/peers/js_worker.rs. Prints {"url": …} when requests are answered. Ends on SIGTERM.
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";

const launch = JSON.parse(process.argv[2]);
const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    name: "peer",
    host: "127.0.0.1",
    port: launch.port,
    modules: true,
    scriptPath: launch.worker,
    compatibilityDate: launch.compatibility_date,
    kvNamespaces: ["PAGES"],
    durableObjects: { LEDGER: { className: "Ledger", useSQLite: true } },
    bindings: launch.vars,
    resourcePersistencePath: launch.persist_dir,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.WARN),
  }),
);

for (const signal of ["SIGTERM", "SIGINT"]) {
  process.on(signal, async () => {
    await miniflare.dispose().catch(() => {});
    process.exit(0);
  });
}
console.log(JSON.stringify({ url: (await miniflare.ready).origin }));
