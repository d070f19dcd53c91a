import { generateKeyPair, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { installationPayload } from "../payloads/app-payload.ts";
import { nodeId } from "../payloads/node-id.ts";
import { isoTime } from "../payloads/time.ts";
import { userPayload } from "../payloads/user-payload.ts";
import type { App, Installation, Permissions, Repository, User } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { createUser } from "./users.ts";

export type NewApp = {
  name: string;
  owner: User;
  webhookUrl?: string;
  webhookSecret?: string;
  description?: string;
  permissions: Permissions;
  events: string[];
};

const makeKeyPair = promisify(generateKeyPair);

/** Makes the App, its bot and its key, and sends the ping. The private key is PKCS#1 PEM, as GitHub hands it out. */
export async function createApp(world: World, given: NewApp): Promise<{ app: App; privateKey: string }> {
  const { publicKey, privateKey } = await makeKeyPair("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  const slug = given.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
  const app: App = {
    id: world.state.nextId(),
    slug,
    name: given.name,
    clientId: `Iv23li${randomBytes(7).toString("hex")}`,
    owner: given.owner,
    bot: createUser(world, { login: `${slug}[bot]`, type: "Bot" }),
    description: given.description ?? "",
    permissions: given.permissions,
    events: given.events,
    webhookUrl: given.webhookUrl,
    webhookSecret: given.webhookSecret,
    hookId: world.state.nextId(),
    publicKey,
    createdAt: world.now(),
  };
  world.state.apps.push(app);
  const payload = { zen: "Speak like a human.", hook_id: app.hookId, hook: hookPayload(world, app) };
  world.webhooks.send({ app, event: "ping", payload, installationId: null, repository: undefined });
  return { app, privateKey };
}

/** Installs the App on repositories of one owner, with the App's own permissions unless fewer are given. */
export function installApp(
  world: World,
  app: App,
  { repositories, permissions = app.permissions }: { repositories: Repository[]; permissions?: Permissions },
): Installation {
  const account = repositories[0]?.owner ?? app.owner;
  const installation: Installation = {
    id: world.state.nextId(),
    app,
    account,
    repositories: [...repositories],
    repositorySelection: "selected",
    permissions: { metadata: "read", ...permissions },
    events: app.events,
    createdAt: world.now(),
  };
  world.state.installations.push(installation);
  const payload = {
    action: "created",
    installation: installationPayload(world, installation),
    repositories: repositories.map(shortRepository),
    sender: userPayload(world, account),
  };
  const installationId = installation.id;
  world.webhooks.send({ app, event: "installation", payload, installationId, repository: undefined });
  return installation;
}

export function addToInstallation(world: World, installation: Installation, repository: Repository): void {
  installation.repositories.push(repository);
  const payload = {
    action: "added",
    installation: installationPayload(world, installation),
    repository_selection: installation.repositorySelection,
    repositories_added: [shortRepository(repository)],
    repositories_removed: [],
    requester: null,
    sender: userPayload(world, installation.account),
  };
  const { app, id: installationId } = installation;
  world.webhooks.send({
    app,
    event: "installation_repositories",
    payload,
    installationId,
    repository: undefined,
  });
}

function shortRepository(repository: Repository): JsonObject {
  return {
    id: repository.id,
    node_id: nodeId("repository", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
  };
}

function hookPayload(world: World, app: App): JsonObject {
  return {
    type: "App",
    id: app.hookId,
    name: "web",
    active: true,
    events: app.events,
    config: hookConfig(app),
    updated_at: isoTime(app.createdAt),
    created_at: isoTime(app.createdAt),
    app_id: app.id,
    deliveries_url: `${world.apiUrl}/app/hook/deliveries`,
  };
}

export function hookConfig(app: App): JsonObject {
  return {
    content_type: "json",
    insecure_ssl: "0",
    ...(app.webhookSecret !== undefined && { secret: "********" }),
    url: app.webhookUrl ?? "",
  };
}
