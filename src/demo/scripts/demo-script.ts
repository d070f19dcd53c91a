import type { Script } from "../script.ts";
import { lostCent } from "./lost-cent.ts";
import { lostSign } from "./lost-sign.ts";
import { minHeight } from "./min-height.ts";

/** All that the scripted model says in the demo, one story for each issue in `issues.ts`. */
export const demoScript: Script = {
  // A story is told in its order; its later scenes fit fewer messages, and the first that fits plays.
  scenes: [lostCent, minHeight, lostSign].flatMap((story) => story.toReversed()),
};
