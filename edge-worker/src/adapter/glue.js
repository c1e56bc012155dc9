// What a hit needs of the runtime, each in one crossing between JavaScript and WebAssembly: a crossing costs little, but each string that crosses
// is encoded or decoded on its own, and each object takes a place in a table. `src/adapter` calls it; nothing is decided here.

/**
 * A request as lines: method, URL, and for each of `names` `:` and the value of that header, or nothing where it is absent.
 * None of them can hold a line feed (Fetch standard, "header value").
 */
export function describeRequest(request, names) {
  const { headers } = request;
  let lines = `${request.method}\n${request.url}`;
  for (let at = 0; at < names.length; at++) {
    const value = headers.get(names[at]);
    lines += value === null ? "\n" : `\n:${value}`;
  }
  return lines;
}

/** Headers out of lines, names and values in turn. */
export function headersOf(lines) {
  const headers = new Headers();
  setLines(headers, lines);
  return headers;
}

function setLines(headers, lines) {
  const parts = lines.split("\n");
  for (let at = 0; at + 1 < parts.length; at += 2) headers.set(parts[at], parts[at + 1]);
}

/**
 * A response. `constant` is what `headersOf` made: the runtime copies it without a look at a string. `lines` are the headers beside those. `body` is
 * a view of WebAssembly's memory, which is somebody else's after the call: a body of bytes is copied (Fetch standard, "extract a body").
 */
export function makeResponse(status, constant, lines, body) {
  // 204 and 304 must not have a body, not even an empty one.
  const response = new Response(body.length === 0 ? null : body, { status, headers: constant });
  setLines(response.headers, lines);
  return response;
}

/**
 * Reads a key of Workers KV. `answered(id, value)` is told what is there: bytes, which it must copy at once, `null` for nothing, or `undefined` where
 * KV failed or has not answered after `limitMs`. After that it may be told once more.
 */
export function readKv(kv, key, limitMs, answered, id) {
  const timer = setTimeout(answered, limitMs, id);
  const failed = () => {
    clearTimeout(timer);
    answered(id, undefined);
  };
  let asked;
  try {
    asked = kv.get(key, "arrayBuffer");
  } catch {
    return failed();
  }
  asked.then((value) => {
    clearTimeout(timer);
    if (value === null) return answered(id, null);
    answered(id, new Uint8Array(value));
    // Given back now: what waits for the garbage collector makes it come more often.
    value.transfer(0);
  }, failed);
}
