// Takes the place of the global `queueMicrotask` in the glue of wasm-bindgen, which calls it whenever a future is woken. workerd's wraps each callback
// in an object of its own, at several times the cost of a promise's reaction. What is called here throws nothing but what ends the instance.
export function queueMicrotask(callback) {
  Promise.resolve().then(callback);
}
