type Correction = {
  file: "rest.json" | "webhooks.json";
  /** Keys from the file's root to the schema that is replaced. */
  at: string[];
  schema: { [keyword: string]: string | string[] };
  why: string;
};

/** Where the published description is known to be wrong about what GitHub does. Applied by the script that cuts it. */
export const corrections: Correction[] = [
  {
    file: "rest.json",
    at: ["operations", "apps/list-installations", "responses", "200", "application/json", "items"],
    schema: { $ref: "contract#/schemas/installation" },
    why: "asks that the account be a user and an enterprise at once, where getting a single one asks for either",
  },
  {
    file: "rest.json",
    at: ["schemas", "pull-request-simple", "properties", "labels", "items", "properties", "description"],
    schema: { type: ["string", "null"] },
    why: "labels without a description have null there, as everywhere else",
  },
  {
    file: "rest.json",
    at: ["schemas", "pull-request-review-comment", "properties", "line"],
    schema: { type: ["integer", "null"] },
    why: "the line of an outdated comment is null",
  },
  {
    file: "rest.json",
    at: ["schemas", "pull-request-review-comment", "properties", "position"],
    schema: { type: ["integer", "null"] },
    why: "the position of an outdated comment is null",
  },
];
