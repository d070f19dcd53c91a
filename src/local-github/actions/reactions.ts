import type { Reaction, ReactionContent } from "../state/model.ts";
import type { Actor, World } from "../world.ts";

type Target = { reactions: Reaction[] };

/** The same reaction of the same person is there once: asking again gives the old one. */
export function addReaction(
  world: World,
  target: Target,
  actor: Actor,
  content: ReactionContent,
): { reaction: Reaction; created: boolean } {
  const old = target.reactions.find((one) => one.user === actor.user && one.content === content);
  if (old) return { reaction: old, created: false };
  const reaction = { id: world.state.nextId(), user: actor.user, content, createdAt: world.now() };
  target.reactions.push(reaction);
  return { reaction, created: true };
}

/** False when there is no such reaction, or it is somebody else's. */
export function removeReaction(target: Target, actor: Actor, id: number): boolean {
  const index = target.reactions.findIndex((one) => one.id === id && one.user === actor.user);
  if (index >= 0) target.reactions.splice(index, 1);
  return index >= 0;
}
