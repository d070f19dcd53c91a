import type { Operation } from "./contract.ts";
import type { OperationId } from "./used-operations.ts";

/** Path parameters that hold slashes, escaped or not. */
const spanning = new Set(["ref", "basehead", "branch"]);

/** Finds the operation for a method and path; path parameters come back decoded. */
export class RouteTable {
  readonly #routes: { id: OperationId; method: string; pattern: RegExp; names: string[] }[];

  constructor(operations: Record<OperationId, Operation>) {
    const entries = Object.entries(operations) as [OperationId, Operation][];
    // The more literal text a template has, the earlier it is tried: commits/{ref}/status before commits/{ref}.
    entries.sort(([, one], [, other]) => literalLength(other.path) - literalLength(one.path));
    this.#routes = entries.map(([id, operation]) => {
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
      // The root of the contents is asked for with a slash at the end and without.
      const template = operation.path.replace("/{path}", "(?:/(.*))?");
      const source = template.replace(/\{(\w+)\}/g, (_, name: string) =>
        spanning.has(name) ? "(.+)" : "([^/]+)",
      );
      return { id, method: operation.method, pattern: new RegExp(`^${source}$`), names };
    });
  }

  match(method: string, path: string): { id: OperationId; params: Record<string, string> } | undefined {
    for (const route of this.#routes) {
      const match = route.method === method && route.pattern.exec(path);
      if (!match) continue;
      const params = route.names.map((name, index) => [name, decode(match[index + 1] ?? "")]);
      return { id: route.id, params: Object.fromEntries(params) as Record<string, string> };
    }
    return undefined;
  }
}

function literalLength(template: string): number {
  return template.replace(/\{\w+\}/g, "").length;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
