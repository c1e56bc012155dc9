// Makes `src/schema.ts` of `openapi.json`, the description that the origin serves.
//
//   node generate.mjs                          the types of the description that is here
//   node generate.mjs http://127.0.0.1:8080    fetches the description from an origin before that
//   node generate.mjs --check                  fails if the types are not those of the description

import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const description = new URL("../openapi.json", import.meta.url);
const types = new URL("../src/schema.ts", import.meta.url);
const [argument] = process.argv.slice(2);

if (argument?.startsWith("http")) {
  const response = await fetch(new URL("/openapi.json", argument));
  if (!response.ok) throw new Error(`${argument} answered ${response.status}`);
  await writeFile(description, `${JSON.stringify(await response.json(), null, 2)}\n`);
}

const tree = await openapiTS(JSON.parse(await readFile(description, "utf8")), { alphabetize: true });
const heading = "// Made of openapi.json by `npm run generate`. Do not edit.\n\n";
const made = heading + astToString(tree);

if (argument === "--check") {
  if ((await readFile(types, "utf8")) !== made) {
    process.stderr.write("client/src/schema.ts is not made of client/openapi.json: run `npm run generate`\n");
    process.exit(1);
  }
} else {
  await writeFile(types, made);
}
