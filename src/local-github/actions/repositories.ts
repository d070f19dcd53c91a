import path from "node:path";
import { createBareRepository } from "../git/bare-repository.ts";
import type { BranchProtection, Repository, User } from "../state/model.ts";
import type { World } from "../world.ts";
import { createUser } from "./users.ts";

export type NewRepository = {
  /** `owner/name`; the owner comes into being when there is none of that name. */
  fullName: string;
  /** A folder with a git repository, a bare one or a bundle; without it the repository has no commits. */
  source?: string;
  description?: string;
  private?: boolean;
  archived?: boolean;
  hasIssues?: boolean;
  defaultBranch?: string;
  protectedBranches?: Record<string, Partial<BranchProtection>>;
};

const defaultLabels = [
  ["bug", "d73a4a", "Something isn't working"],
  ["documentation", "0075ca", "Improvements or additions to documentation"],
  ["duplicate", "cfd3d7", "This issue or pull request already exists"],
  ["enhancement", "a2eeef", "New feature or request"],
  ["good first issue", "7057ff", "Good for newcomers"],
  ["help wanted", "008672", "Extra attention is needed"],
  ["invalid", "e4e669", "This doesn't seem right"],
  ["question", "d876e3", "Further information is requested"],
  ["wontfix", "ffffff", "This will not be worked on"],
] as const;

export async function createRepository(
  world: World,
  directory: string,
  given: NewRepository,
): Promise<Repository> {
  const [login, name] = given.fullName.split("/");
  if (!login || !name || !/^[\w.-]+$/.test(name)) throw new Error(`${given.fullName} is not owner/name`);
  if (world.state.repository(login, name)) throw new Error(`${given.fullName} is there already`);
  const owner = createUser(world, { login });
  return addRepository(world, { ...given, directory, owner, name, parent: undefined });
}

/** The fork has its parent's name and its branches and tags. */
export async function forkRepository(
  world: World,
  directory: string,
  { parent, owner }: { parent: Repository; owner: User },
): Promise<Repository> {
  return addRepository(world, {
    directory,
    owner,
    name: parent.name,
    fullName: `${owner.login}/${parent.name}`,
    source: parent.gitDirectory,
    defaultBranch: parent.defaultBranch,
    private: parent.private,
    parent,
  });
}

async function addRepository(
  world: World,
  given: NewRepository & { directory: string; owner: User; name: string; parent: Repository | undefined },
): Promise<Repository> {
  const { owner, name } = given;
  const gitDirectory = path.resolve(given.directory, owner.login, `${name}.git`);
  const defaultBranch = await createBareRepository(gitDirectory, given);
  const now = world.now();
  const repository: Repository = {
    id: world.state.nextId(),
    owner,
    name,
    fullName: `${owner.login}/${name}`,
    description: given.description ?? null,
    private: given.private ?? false,
    archived: given.archived ?? false,
    hasIssues: given.hasIssues ?? true,
    defaultBranch,
    gitDirectory,
    parent: given.parent,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
    collaborators: new Map(),
    protectedBranches: new Map(
      Object.entries(given.protectedBranches ?? {}).map(([branch, rules]) => [
        branch,
        { refusesPushes: true, requiredChecks: [], ...rules },
      ]),
    ),
    labels: defaultLabels.map(([label, color, description]) => ({
      id: world.state.nextId(),
      name: label,
      color,
      description,
      default: true,
    })),
    issues: [],
    checkSuites: [],
    checkRuns: [],
    statuses: [],
  };
  world.state.repositories.push(repository);
  return repository;
}
