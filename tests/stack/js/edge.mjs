// Runs the built Worker in workerd for `tests/stack/src/edge.rs`: Miniflare alone, without the proxy that
// `wrangler dev` puts in front, which serves only some 160 requests a second.
//
// Argument: one JSON object, see `Launch` in edge.rs. Prints `{"url": …}` when requests are answered. Ends, and
// workerd with it, on SIGTERM.
import { Log, LogLevel, Miniflare, convertV4MiniflareOptions } from "miniflare";

const launch = JSON.parse(process.argv[2]);
// Miniflare hands them on to workerd.
if (launch.v8_flags.length > 0) process.env.MINIFLARE_WORKERD_V8_FLAGS = launch.v8_flags.join(" ");

const miniflare = new Miniflare(
  convertV4MiniflareOptions({
    name: "boardcache",
    host: "127.0.0.1",
    port: launch.port,
    modulesRoot: launch.build_dir,
    modules: [
      { type: "ESModule", path: `${launch.build_dir}/index.js` },
      { type: "CompiledWasm", path: `${launch.build_dir}/worker_bg.wasm` },
    ],
    compatibilityDate: launch.compatibility_date,
    kvNamespaces: launch.kv_namespaces,
    durableObjects: Object.fromEntries(
      launch.durable_objects.map(([binding, className]) => [binding, { className, useSQLite: true }]),
    ),
    bindings: launch.vars,
    ratelimits: Object.fromEntries(
      Object.entries(launch.rate_limits).map(([binding, limit]) => [
        binding,
        { namespace_id: binding, simple: { limit, period: 10 } },
      ]),
    ),
    resourcePersistencePath: launch.persist_dir,
    cf: false,
    telemetry: { enabled: false },
    log: new Log(LogLevel.WARN),
  }),
);

let ending = false;
async function end() {
  if (ending) return;
  ending = true;
  await miniflare.dispose().catch(() => {});
  process.exit(0);
}
process.on("SIGTERM", end);
process.on("SIGINT", end);

const url = await miniflare.ready;
console.log(JSON.stringify({ url: url.origin }));
