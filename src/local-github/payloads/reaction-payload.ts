import type { Reaction, ReactionContent } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { nodeId } from "./node-id.ts";
import { isoTime } from "./time.ts";
import { userPayload } from "./user-payload.ts";

const contents: ReactionContent[] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

export function reactionPayload(world: World, reaction: Reaction): JsonObject {
  return {
    id: reaction.id,
    node_id: nodeId("reaction", reaction.id),
    user: userPayload(world, reaction.user),
    content: reaction.content,
    created_at: isoTime(reaction.createdAt),
  };
}

/** The counts under a comment; `url` is the comment's own. */
export function reactionRollup(url: string, reactions: Reaction[]): JsonObject {
  const counts = contents.map((content) => [
    content,
    reactions.filter((reaction) => reaction.content === content).length,
  ]);
  return { url: `${url}/reactions`, total_count: reactions.length, ...Object.fromEntries(counts) };
}
