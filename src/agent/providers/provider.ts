import type { ProviderProfile } from "./profile.ts";

/** A server of models that the operator has named. */
export interface Provider {
  readonly name: string;
  readonly profile: ProviderProfile;
  readonly baseUrl: string;
  /** null: none is needed, or none is set. */
  readonly apiKey: string | null;
  /** The environment variable that holds the key, for people; null: there is none. */
  readonly keyFrom: string | null;
}
