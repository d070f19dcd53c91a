/**
 * Reads of a JSON body that may hold anything: undefined for what is absent or of another type. Whether a body is
 * as described is the contract's question; handlers only must not fall over.
 */
export function text(body: unknown, name: string): string | undefined {
  const value = property(body, name);
  return typeof value === "string" ? value : undefined;
}

/** As `text`, and null stays null: an edit to nothing is not the same as no edit. */
export function textOrNull(body: unknown, name: string): string | null | undefined {
  return property(body, name) === null ? null : text(body, name);
}

export function number(body: unknown, name: string): number | undefined {
  const value = property(body, name);
  return typeof value === "number" ? value : undefined;
}

export function flag(body: unknown, name: string): boolean | undefined {
  const value = property(body, name);
  return typeof value === "boolean" ? value : undefined;
}

export function texts(body: unknown, name: string): string[] | undefined {
  const value = property(body, name);
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : undefined;
}

export function items(body: unknown, name: string): unknown[] | undefined {
  const value = property(body, name);
  return Array.isArray(value) ? (value as unknown[]) : undefined;
}

export function property(body: unknown, name: string): unknown {
  if (typeof body !== "object" || body === null) return undefined;
  return (body as Record<string, unknown>)[name];
}

/** The object without its undefined properties, for options that may be absent but not undefined. */
export function defined<Given extends object>(
  given: Given,
): { [K in keyof Given]: Exclude<Given[K], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof Given]: Exclude<Given[K], undefined> };
}
