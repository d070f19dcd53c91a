import type { User } from "../state/model.ts";
import type { World } from "../world.ts";

export type NewUser = { login: string; name?: string; email?: string; type?: User["type"] };

/** Gives the user who has the login already, if one has. */
export function createUser(world: World, given: NewUser): User {
  const old = world.state.user(given.login);
  if (old) return old;
  const user: User = {
    id: world.state.nextId(),
    login: given.login,
    type: given.type ?? "User",
    name: given.name ?? null,
    email: given.email ?? null,
    createdAt: world.now(),
  };
  world.state.users.push(user);
  return user;
}
