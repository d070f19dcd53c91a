/**
 * Compares the local GitHub's GraphQL schema with the one that GitHub publishes: every type, field, argument and
 * enum value of ours must be there with the same type. Run it after a change of src/local-github/graphql/schema.ts.
 *
 *   bin/node scripts/check-graphql-schema.ts [--from DIR]    DIR holds the .tgz of an earlier `npm pack`
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  type GraphQLSchema,
} from "graphql";
import { schema } from "../src/local-github/graphql/schema.ts";

const { values: options } = parseArgs({ options: { from: { type: "string" } } });
const folder = options.from ?? mkdtempSync(path.join(tmpdir(), "graphql-schema-"));
try {
  if (!options.from) execFileSync("npm", ["pack", "@octokit/graphql-schema"], { cwd: folder });
  const tarball = readdirSync(folder).find((name) => name.startsWith("octokit-graphql-schema-"));
  if (!tarball) throw new Error(`no octokit-graphql-schema-*.tgz in ${folder}`);
  const text = execFileSync("tar", ["xzOf", tarball, "package/schema.graphql"], {
    cwd: folder,
    maxBuffer: 2 ** 30,
    encoding: "utf8",
  });
  const known = new Set(describe(buildSchema(text, { assumeValidSDL: true })));
  const ours = describe(schema);
  const strange = ours.filter((line) => !known.has(line));
  for (const line of strange) console.error(`not in ${tarball}: ${line}`);
  console.log(`${ours.length} definitions compared with ${tarball}, ${strange.length} differ`);
  if (strange.length > 0) process.exitCode = 1;
} finally {
  if (!options.from) rmSync(folder, { recursive: true });
}

/** One line for each thing that a query or an answer can depend on. */
function describe(given: GraphQLSchema): string[] {
  return Object.values(given.getTypeMap())
    .filter((type) => !type.name.startsWith("__"))
    .flatMap((type) => {
      if (isEnumType(type)) return type.getValues().map((value) => `${type.name}.${value.name}`);
      if (isInputObjectType(type)) {
        return Object.values(type.getFields()).map(
          (field) => `${type.name}.${field.name}: ${String(field.type)}`,
        );
      }
      if (!isObjectType(type) && !isInterfaceType(type)) return [type.name];
      return [
        ...type.getInterfaces().map((one) => `${type.name} implements ${one.name}`),
        ...Object.values(type.getFields()).flatMap((field) => [
          `${type.name}.${field.name}: ${String(field.type)}`,
          ...field.args.map(
            (argument) => `${type.name}.${field.name}(${argument.name}: ${String(argument.type)})`,
          ),
        ]),
      ];
    });
}
