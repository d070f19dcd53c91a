/**
 * A value as the journal gives it back after a crash, so that the first life sees what a second would: `undefined` becomes
 * null, and is left out of objects. Throws TypeError, naming the place, for what JSON would lose: a Map, a Date, bytes, NaN, a function.
 */
export function recordable(value: unknown, place: string): unknown {
  if (value === undefined || value === null) return null;
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      if (Number.isFinite(value)) return value;
      throw new TypeError(`${place} is ${value}, which JSON cannot hold.`);
    case "object":
      break;
    default:
      throw new TypeError(`${place} is a ${typeof value}, which JSON cannot hold.`);
  }
  if (Array.isArray(value)) return value.map((item, index) => recordable(item, `${place}[${index}]`));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    throw new TypeError(`${place} is a ${value.constructor.name}, which JSON cannot hold.`);
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [key, recordable(item, `${place}.${key}`)]),
  );
}
