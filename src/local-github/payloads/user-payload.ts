import type { User } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { nodeId } from "./node-id.ts";
import { isoTime } from "./time.ts";

/** GitHub's `simple-user`. */
export function userPayload(world: World, user: User): JsonObject {
  const url = `${world.apiUrl}/users/${encodeURIComponent(user.login)}`;
  const page = user.type === "Bot" ? `apps/${user.login.replace(/\[bot\]$/, "")}` : user.login;
  return {
    login: user.login,
    id: user.id,
    node_id: userNodeId(user),
    avatar_url: `${world.url}/avatars/u/${user.id}`,
    gravatar_id: "",
    url,
    html_url: `${world.url}/${page}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: user.type,
    site_admin: false,
  };
}

export function userOrNull(world: World, user: User | null | undefined): JsonObject | null {
  return user ? userPayload(world, user) : null;
}

/** What `GET /users/{username}` gives. */
export function publicUserPayload(world: World, user: User): JsonObject {
  return {
    ...userPayload(world, user),
    name: user.name,
    company: null,
    blog: "",
    location: null,
    email: user.email,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: world.state.repositories.filter((one) => one.owner === user && !one.private).length,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: isoTime(user.createdAt),
    updated_at: isoTime(user.createdAt),
  };
}

export function userNodeId(user: User): string {
  const kinds = { User: "user", Bot: "bot", Organization: "organization" } as const;
  return nodeId(kinds[user.type], user.id);
}
