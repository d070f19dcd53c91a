import { nodeId } from "../payloads/node-id.ts";
import { repositoryPayload } from "../payloads/repository-payload.ts";
import { userPayload } from "../payloads/user-payload.ts";
import type { App, Repository } from "../state/model.ts";
import type { Actor, JsonObject, World } from "../world.ts";

export type RepositoryEvent = {
  repository: Repository;
  actor: Actor;
  /** `issues`, `pull_request`, … */
  event: string;
  action?: string;
  payload: JsonObject;
  /** Check events go only to the App whose check it is, subscribed or not. */
  onlyFor?: App;
};

/** Sends an event to every App that is installed on the repository and subscribed to it. */
export function sendEvent(world: World, message: RepositoryEvent): void {
  const { repository, event } = message;
  for (const installation of world.state.installationsOf(repository)) {
    const { app } = installation;
    const wanted = message.onlyFor ? app === message.onlyFor : installation.events.includes(event);
    if (!wanted) continue;
    const payload = {
      ...(message.action && { action: message.action }),
      ...message.payload,
      repository: repositoryPayload(world, repository),
      sender: userPayload(world, message.actor.user),
      installation: { id: installation.id, node_id: nodeId("installation", installation.id) },
    };
    world.webhooks.send({ app, event, payload, installationId: installation.id, repository });
  }
}
