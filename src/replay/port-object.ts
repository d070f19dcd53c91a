/** An object that can do something, as against data: a sandbox, a mirror, a command in the background. */
export function isPortObject(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) || dataClasses.some((data) => value instanceof data)) return false;
  return methodsOf(value).length > 0;
}

/** Names of its methods. */
export function methodsOf(value: object): string[] {
  return [...properties(value)].flatMap(([name, { value: held }]) =>
    typeof held === "function" ? [name] : [],
  );
}

/** What it holds besides. */
export function factsOf(value: object): Record<string, unknown> {
  const facts: Record<string, unknown> = {};
  for (const [name, property] of properties(value)) {
    if (typeof property.value !== "function") facts[name] = Reflect.get(value, name, value) as unknown;
  }
  return facts;
}

const dataClasses = [Uint8Array, Error, Date, Map, Set, URL, AbortSignal, Promise, RegExp];

/** Its own and those of its classes, nearest first. */
function properties(value: object): Map<string, PropertyDescriptor> {
  const found = new Map<string, PropertyDescriptor>();
  for (
    let level: object | null = value;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name !== "constructor" && !found.has(name)) found.set(name, property);
    }
  }
  return found;
}
