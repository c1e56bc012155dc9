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

/** An object of headers out of lines, names and values in turn. */
export function headersOf(lines) {
  return withHeaders({}, lines);
}

function withHeaders(headers, lines) {
  const parts = lines.split("\n");
  for (let at = 0; at + 1 < parts.length; at += 2) headers[parts[at]] = parts[at + 1];
  return headers;
}

/**
 * A response. `constant` is what `headersOf` made: an object of a shape that the engine knows is read in half the time. `lines` are the headers
 * beside those. `body` is a view of WebAssembly's memory, which is somebody else's after the call.
 */
export function makeResponse(status, constant, lines, body) {
  const headers = withHeaders({ ...constant }, lines);
  // 204 and 304 must not have a body, not even an empty one.
  return new Response(body.length === 0 ? null : body.slice(), { status, headers });
}

/**
 * Reads a key of Workers KV. `answered(id, value)` is told what is there: bytes, `null` for nothing, or `undefined` where KV failed or has not
 * answered after `limitMs`. After that it may be told once more.
 */
export function readKv(kv, key, limitMs, answered, id) {
  const timer = setTimeout(answered, limitMs, id);
  kv.get(key, "arrayBuffer").then(
    (value) => {
      clearTimeout(timer);
      answered(id, value === null ? null : new Uint8Array(value));
    },
    () => {
      clearTimeout(timer);
      answered(id, undefined);
    },
  );
}
