// Takes the place of the global `queueMicrotask` in the glue of wasm-bindgen, which calls it whenever a future is woken. workerd's wraps each callback
// in an object of its own, at several times the cost of a promise's reaction.
let failed = () => {};

/** Has `told` hear of what a callback throws: nothing but what ends the instance. */
export function onFailedMicrotask(told) {
  failed = told;
}

export function queueMicrotask(callback) {
  Promise.resolve().then(() => {
    try {
      callback();
    } catch (error) {
      failed(error);
      throw error;
    }
  });
}
