import type { User } from "../state/model.ts";

/** The manifest flow: a person posts a manifest on a page, gets a code, and the code becomes an App once. */
export class PendingManifests {
  readonly #manifests = new Map<string, { manifest: unknown; owner: User }>();

  add(code: string, manifest: unknown, owner: User): void {
    this.#manifests.set(code, { manifest, owner });
  }

  take(code: string): { manifest: unknown; owner: User } | undefined {
    const found = this.#manifests.get(code);
    this.#manifests.delete(code);
    return found;
  }
}
