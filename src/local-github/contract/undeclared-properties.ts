export type Schema = {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  [keyword: string]: unknown;
};

/**
 * Paths of properties that no branch of the schema declares. JSON Schema lets unknown properties pass, and a
 * double that answers with invented ones, or takes misspelt ones, teaches the code under test to rely on them.
 * An object for which nothing is declared at all is free-form, as is one with `additionalProperties`.
 */
export function undeclaredProperties(
  schema: Schema,
  value: unknown,
  schemas: Record<string, Schema>,
): string[] {
  const found: string[] = [];
  visit([schema], value, "");
  return found;

  function visit(given: Schema[], inner: unknown, where: string): void {
    const branches = given.flatMap((one) => flatten(one, schemas));
    if (Array.isArray(inner)) {
      const items = branches.flatMap((branch): Schema[] => (branch.items ? [branch.items] : []));
      if (items.length > 0) inner.forEach((item, index) => visit(items, item, `${where}/${index}`));
    } else if (typeof inner === "object" && inner !== null) {
      visitObject(branches, inner as Record<string, unknown>, where);
    }
  }

  function visitObject(branches: Schema[], inner: Record<string, unknown>, where: string): void {
    const declaring = branches.filter((branch) => branch.properties);
    const open = branches.filter((branch) => branch.additionalProperties);
    for (const [name, property] of Object.entries(inner)) {
      const declared: Schema[] = declaring.flatMap((branch): Schema[] => {
        const property = branch.properties?.[name];
        return property ? [property] : [];
      });
      const additional = open.flatMap((branch): Schema[] =>
        typeof branch.additionalProperties === "object" ? [branch.additionalProperties] : [],
      );
      if (declared.length > 0) visit(declared, property, `${where}/${name}`);
      else if (open.length > 0) visit(additional, property, `${where}/${name}`);
      else if (declaring.length > 0) found.push(`${where}/${name}`);
    }
  }
}

/** The schema and all that it may be or must be besides, without references. */
function flatten(schema: Schema, schemas: Record<string, Schema>): Schema[] {
  if (schema.$ref) {
    const target = schemas[schema.$ref.split("/").at(-1)!];
    return target ? flatten(target, schemas) : [];
  }
  const inner = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return [schema, ...inner.flatMap((one) => flatten(one, schemas))];
}
