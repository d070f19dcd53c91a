import { readFileSync } from "node:fs";
import path from "node:path";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import ajvFormats from "ajv-formats";
import { undeclaredProperties, type Schema } from "./undeclared-properties.ts";
import type { OperationId, WebhookName } from "./used-operations.ts";

type Media = Record<string, Schema>;

export type Operation = {
  method: string;
  /** `/repos/{owner}/{repo}/issues` */
  path: string;
  parameters: { name: string; in: "path" | "query" | "header"; required: boolean; schema: Schema }[];
  requestBody: { required: boolean; content: Media } | null;
  responses: Record<string, Media>;
};

type RestFile = {
  source: string;
  operations: Record<OperationId, Operation>;
  schemas: Record<string, Schema>;
};
type WebhookFile = {
  source: string;
  webhooks: Record<WebhookName, Schema>;
  schemas: Record<string, Schema>;
};

let shared: Contract | undefined;

/** The one contract of this process: what it has compiled once is compiled for all. */
export function sharedContract(): Contract {
  shared ??= new Contract();
  return shared;
}

/** Answers that any operation may give, documented for it or not. */
const alwaysAllowed = new Set([304, 401, 403, 404, 422, 429]);

/**
 * GitHub's published description, asked one question at a time. Each `check…` returns the problems in words, none
 * when all is well. Schemas are compiled when they are first used: all of them together would take seconds.
 */
export class Contract {
  readonly rest: RestFile = read("rest.json");
  readonly #webhooks: WebhookFile = read("webhooks.json");
  readonly #restAjv = createAjv(this.rest.schemas);
  readonly #parameterAjv = createAjv(this.rest.schemas, true);
  readonly #webhookAjv = createAjv(this.#webhooks.schemas);
  readonly #compiled = new Map<Schema, ValidateFunction>();

  checkRequest(
    id: OperationId,
    request: { params: Record<string, string>; query: Record<string, string>; body: unknown },
  ): string[] {
    const operation = this.rest.operations[id];
    const problems: string[] = [];
    for (const place of ["path", "query"] as const) {
      const given = place === "path" ? request.params : request.query;
      const declared = operation.parameters.filter((parameter) => parameter.in === place);
      for (const parameter of declared) {
        const value = given[parameter.name];
        if (value === undefined && parameter.required) problems.push(`${place} lacks ${parameter.name}`);
        if (value !== undefined) {
          problems.push(...this.#parameter(parameter.schema, value, `${place}.${parameter.name}`));
        }
      }
      const names = new Set(declared.map((parameter) => parameter.name));
      for (const name of Object.keys(given)) {
        if (!names.has(name)) problems.push(`${place}.${name} is not in the description`);
      }
    }
    const schema = operation.requestBody?.content["application/json"];
    if (request.body === undefined) {
      if (operation.requestBody?.required) problems.push("the body is missing");
    } else if (schema) {
      problems.push(...this.#check(this.#restAjv, this.rest.schemas, schema, request.body, "body"));
    } else if (!isEmpty(request.body)) {
      problems.push("the operation takes no body");
    }
    return problems;
  }

  /** `contentType` is the bare media type; bodies that are not JSON are not looked at. */
  checkAnswer(id: OperationId, answer: { status: number; body: unknown; contentType: string }): string[] {
    const documented = this.rest.operations[id].responses[String(answer.status)];
    if (!documented) {
      if (alwaysAllowed.has(answer.status) || answer.status >= 500) return [];
      return [`status ${answer.status} is not documented`];
    }
    if (!answer.contentType.endsWith("json")) return [];
    const schema = documented[answer.contentType] ?? documented["application/json"];
    // The description often leaves out what an error looks like.
    if (!schema)
      return answer.body === undefined || answer.status >= 400 ? [] : [`${answer.status} has no body`];
    return this.#check(this.#restAjv, this.rest.schemas, schema, answer.body, "answer");
  }

  checkWebhook(name: string, payload: unknown): string[] {
    const schema = (this.#webhooks.webhooks as Record<string, Schema | undefined>)[name];
    if (!schema) return [`webhook ${name} is not in the slice`];
    return this.#check(this.#webhookAjv, this.#webhooks.schemas, schema, payload, "payload");
  }

  #parameter(schema: Schema, value: string, where: string): string[] {
    const validate = this.#compile(this.#parameterAjv, schema);
    return validate({ value }) ? [] : (validate.errors ?? []).slice(0, 3).map((e) => describe(e, where));
  }

  #check(ajv: Ajv, schemas: Record<string, Schema>, schema: Schema, value: unknown, where: string): string[] {
    const validate = this.#compile(ajv, schema);
    const problems = validate(value) ? [] : (validate.errors ?? []).map((error) => describe(error, where));
    const unknown = undeclaredProperties(schema, value, schemas);
    return [...problems.slice(0, 12), ...unknown.map((name) => `${where}${name} is not in the description`)];
  }

  #compile(ajv: Ajv, schema: Schema): ValidateFunction {
    const known = this.#compiled.get(schema);
    if (known) return known;
    // Coercion needs a holder, because ajv changes the value in place.
    const validate = ajv.compile(
      ajv === this.#parameterAjv ? { type: "object", properties: { value: schema } } : schema,
    );
    this.#compiled.set(schema, validate);
    return validate;
  }
}

function createAjv(schemas: Record<string, Schema>, coerceTypes = false): Ajv {
  const ajv = new Ajv({ strict: false, logger: false, allErrors: true, coerceTypes });
  ajvFormats.default(ajv);
  // GitHub's own bots have brackets in their addresses, which the format's usual pattern refuses.
  ajv.addFormat("email", /^[^\s@]+@[^\s@]+$/);
  ajv.addSchema({ $id: "contract", schemas });
  return ajv;
}

function describe(error: ErrorObject, where: string): string {
  return `${where}${error.instancePath} ${error.message ?? error.keyword}`;
}

function isEmpty(body: unknown): boolean {
  return typeof body === "object" && body !== null && Object.keys(body).length === 0;
}

function read<File>(name: string): File {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, name), "utf8")) as File;
}
