/** What a reviewer looks at; several of them look side by side. */
export type Lens = (typeof lenses)[number];

export const lenses = ["correctness", "robustness", "tests", "simplicity"] as const;
