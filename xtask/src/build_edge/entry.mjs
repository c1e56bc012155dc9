// The module that the Workers runtime loads: it hands events to the WebAssembly that `edge-worker` compiles to.
// `cargo xtask build-edge` appends one `export const X = durableObject("X");` for each class named in `wrangler.toml`
// and bundles it with the glue of wasm-bindgen.
//
// A panic in Rust aborts the WebAssembly instance: what it was doing never settles, and its memory is not to be
// trusted again. So the panic answers every request in flight with a 500, and the next event begins on a fresh
// instance. Caches held in the instance's memory are lost with it, which is always allowed.
import { DurableObject } from "cloudflare:workers";
import { onFailedMicrotask } from "./microtask.mjs";
import * as wasm from "./worker.js";

// Written by the panic hook and the start function of the `worker` crate: {criticalError, instanceId}.
const state = wasm.__worker_init_state();
const inFlight = new Set();
let crashed = false;

Object.defineProperty(state, "criticalError", {
  get: () => crashed,
  set(value) {
    crashed = value;
    if (!value) return;
    for (const abandon of inFlight) abandon(new Error("the WebAssembly instance panicked"));
    inFlight.clear();
  },
});

// Whatever is thrown there came out of Rust in the middle of its work: a panic, a trap, or the RangeError that V8 makes of a stack overflow.
onFailedMicrotask(() => {
  state.criticalError = true;
});

/** Runs `call` on an instance that has not crashed; rejects if the instance crashes before `call` has settled. */
function guarded(call) {
  if (state.criticalError) {
    wasm.__wbg_reset_state();
    state.criticalError = false;
  }
  // Another request's panic may reject it: a promise of `new Promise` might then go on in that request's context (decision 19).
  const { promise, resolve, reject } = Promise.withResolvers();
  const failed = (error) => {
    inFlight.delete(reject);
    // A trap that no panic hook announced. Other errors are this request's alone.
    if (error instanceof WebAssembly.RuntimeError) state.criticalError = true;
    reject(error);
  };
  inFlight.add(reject);
  try {
    Promise.resolve(call()).then((value) => {
      inFlight.delete(reject);
      resolve(value);
    }, failed);
  } catch (error) {
    failed(error);
  }
  return promise;
}

/** The class that the runtime instantiates: forwards to the Rust object, made anew when the instance was replaced. */
function durableObject(name) {
  const exported = wasm[name];
  class Forwarder extends DurableObject {
    #object;
    #instanceId;

    rustObject() {
      if (this.#instanceId !== state.instanceId) {
        this.#object = new wasm[name](this.ctx, this.env);
        this.#instanceId = state.instanceId;
      }
      return this.#object;
    }
  }
  const events = ["fetch", "alarm", "webSocketMessage", "webSocketClose", "webSocketError"];
  for (const event of events.filter((event) => event in exported.prototype)) {
    Forwarder.prototype[event] = function (...args) {
      return guarded(() => this.rustObject()[event](...args));
    };
  }
  return Forwarder;
}

const crashAnswer = JSON.stringify({
  success: false,
  error: { code: "internal", message: "The request could not be completed." },
});

export default {
  async fetch(request, env, ctx) {
    try {
      return await guarded(() => wasm.fetch(request, env, ctx));
    } catch (error) {
      console.error("uncaught", error);
      return new Response(crashAnswer, {
        status: 500,
        headers: { "content-type": "application/json", "cache-control": "no-store" },
      });
    }
  },
};
