/**
 * Cuts the slice of GitHub's published API description that the local GitHub speaks (see used-operations.ts) into
 * src/local-github/contract/{rest,webhooks}.json. The packages are fetched to a temporary folder: the whole
 * description is 385 MB unpacked, which nobody should have to install.
 *
 *   bin/node scripts/cut-contract.ts [--from DIR]    DIR holds the two .tgz files of an earlier `npm pack`
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { corrections } from "../src/local-github/contract/corrections.ts";
import { usedOperations, usedWebhooks } from "../src/local-github/contract/used-operations.ts";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

const mapKeywords = new Set(["properties", "patternProperties"]);
const listKeywords = new Set(["allOf", "anyOf", "oneOf"]);
const kept = new Set(
  "type format enum const required minimum maximum minLength maxLength pattern minItems maxItems uniqueItems minProperties maxProperties default".split(
    " ",
  ),
);

const contractFolder = path.join(import.meta.dirname, "../src/local-github/contract");
const { values: options } = parseArgs({ options: { from: { type: "string" } } });
const folder = options.from ?? mkdtempSync(path.join(tmpdir(), "contract-"));
try {
  if (!options.from) {
    execFileSync("npm", ["pack", "@octokit/openapi", "@octokit/openapi-webhooks"], { cwd: folder });
  }
  cutRest(readPackage("octokit-openapi-"));
  cutWebhooks(readPackage("octokit-openapi-webhooks-"));
} finally {
  if (!options.from) rmSync(folder, { recursive: true });
}

function readPackage(prefix: string): { description: JsonObject; version: string } {
  const pattern = new RegExp(`^${prefix}\\d.*\\.tgz$`);
  const tarball = readdirSync(folder).find((name) => pattern.test(name));
  if (!tarball) throw new Error(`no ${prefix}*.tgz in ${folder}`);
  const text = execFileSync("tar", ["xzOf", tarball, "package/generated/api.github.com.json"], {
    cwd: folder,
    maxBuffer: 2 ** 30,
    encoding: "utf8",
  });
  return { description: JSON.parse(text), version: tarball.slice(prefix.length, -".tgz".length) };
}

function cutRest({ description, version }: { description: JsonObject; version: string }): void {
  const operations: JsonObject = {};
  for (const [template, methods] of Object.entries(at(description, "paths"))) {
    for (const [method, operation] of Object.entries(methods as JsonObject)) {
      const id = (operation as JsonObject)["operationId"] as string;
      if ((usedOperations as readonly string[]).includes(id)) {
        operations[id] = cutOperation(description, { method, template, operation: operation as JsonObject });
      }
    }
  }
  const missing = usedOperations.filter((id) => !operations[id]);
  if (missing.length > 0) throw new Error(`not in the description: ${missing.join(", ")}`);
  const source = `@octokit/openapi ${version} (MIT), api.github.com`;
  write("rest.json", { source, operations, schemas: closure(description, operations) });
}

function cutOperation(
  description: JsonObject,
  { method, template, operation }: { method: string; template: string; operation: JsonObject },
): JsonObject {
  const parameters = ((operation["parameters"] ?? []) as JsonObject[]).map((given) => {
    const parameter = dereference(description, given);
    return {
      name: parameter["name"]!,
      in: parameter["in"]!,
      required: parameter["required"] === true,
      schema: bare(parameter["schema"]!),
    };
  });
  const requestBody = operation["requestBody"] as JsonObject | undefined;
  const responses: JsonObject = {};
  for (const [status, given] of Object.entries(operation["responses"] as JsonObject)) {
    responses[status] = content(dereference(description, given as JsonObject));
  }
  return {
    method: method.toUpperCase(),
    path: template,
    parameters,
    requestBody: requestBody
      ? { required: requestBody["required"] === true, content: content(requestBody) }
      : null,
    responses,
  };
}

function cutWebhooks({ description, version }: { description: JsonObject; version: string }): void {
  const webhooks: JsonObject = {};
  for (const name of usedWebhooks) {
    const webhook = at(description, "webhooks")[name] as JsonObject | undefined;
    if (!webhook) throw new Error(`not in the description of webhooks: ${name}`);
    webhooks[name] = content(at(webhook, "post", "requestBody"))["application/json"]!;
  }
  const source = `@octokit/openapi-webhooks ${version} (MIT), api.github.com`;
  write("webhooks.json", { source, webhooks, schemas: closure(description, webhooks) });
}

function content(holder: JsonObject): JsonObject {
  const media = Object.entries((holder["content"] ?? {}) as JsonObject);
  return Object.fromEntries(
    media.map(([type, value]) => [type, bare((value as JsonObject)["schema"] ?? {})]),
  );
}

/** All the component schemas that can be reached from `start` by $ref. */
function closure(description: JsonObject, start: Json): JsonObject {
  const found: JsonObject = {};
  const visit = (value: Json): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (value === null || typeof value !== "object") return;
    const reference = value["$ref"];
    if (typeof reference === "string") {
      const name = reference.split("/").at(-1)!;
      if (found[name]) return;
      found[name] = bare(at(description, "components", "schemas")[name]!);
      visit(found[name]);
    }
    Object.values(value).forEach(visit);
  };
  visit(start);
  return Object.fromEntries(Object.entries(found).sort(([one], [other]) => one.localeCompare(other)));
}

/** The schema as plain JSON Schema: no prose, no examples, `nullable` rewritten, local references made absolute. */
function bare(schema: Json): JsonObject {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return {};
  if (typeof schema["$ref"] === "string") {
    return orNull({ $ref: `contract#/schemas/${schema["$ref"].split("/").at(-1)}` }, schema);
  }
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (mapKeywords.has(key)) {
      const entries = Object.entries(value as JsonObject);
      result[key] = Object.fromEntries(entries.map(([name, inner]) => [name, bare(inner)]));
    } else if (listKeywords.has(key)) {
      result[key] = (value as Json[]).map(bare);
    } else if (key === "items" || key === "not") {
      result[key] = bare(value);
    } else if (key === "additionalProperties") {
      result[key] = typeof value === "boolean" ? value : bare(value);
    } else if (kept.has(key)) {
      result[key] = value;
    }
  }
  return orNull(result, schema);
}

function orNull(result: JsonObject, schema: JsonObject): JsonObject {
  if (schema["nullable"] !== true) return result;
  if (typeof result["type"] !== "string") return { anyOf: [{ type: "null" }, result] };
  const nullable: JsonObject = { ...result, type: [result["type"], "null"] };
  if (Array.isArray(result["enum"])) nullable["enum"] = [...new Set([...result["enum"], null])];
  for (const key of listKeywords) {
    if (result[key]) return { anyOf: [{ type: "null" }, result] };
  }
  return nullable;
}

function dereference(description: JsonObject, value: JsonObject): JsonObject {
  const reference = value["$ref"];
  return typeof reference === "string" ? at(description, ...reference.slice(2).split("/")) : value;
}

function at(value: JsonObject, ...keys: string[]): JsonObject {
  return keys.reduce((inner, key) => inner[key] as JsonObject, value);
}

function write(name: string, value: JsonObject): void {
  for (const { file, at: where, schema } of corrections) {
    if (file !== name) continue;
    const holder = at(value, ...where.slice(0, -1));
    if (!holder?.[where.at(-1)!]) throw new Error(`nothing to correct at ${where.join(" / ")}`);
    holder[where.at(-1)!] = schema;
  }
  const file = path.join(contractFolder, name);
  writeFileSync(file, JSON.stringify(value) + "\n");
  console.log(`${name}: ${statSync(file).size} bytes from ${value["source"] as string}`);
}
