import { writeFile } from "node:fs/promises";
import { settingsJsonSchema } from "../src/settings/schema.ts";

/** Writes the JSON Schema that editors complete `.github/handback.yml` with; a test fails when it is not current. */
const file = new URL("../src/settings/handback.schema.json", import.meta.url);
await writeFile(file, JSON.stringify(settingsJsonSchema(), null, 2) + "\n");
