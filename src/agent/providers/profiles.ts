import { anthropic } from "./anthropic.ts";
import { litellm } from "./litellm.ts";
import { llamacpp } from "./llamacpp.ts";
import { lmstudio } from "./lmstudio.ts";
import { ollama } from "./ollama.ts";
import type { ProviderProfile } from "./profile.ts";
import { vllm } from "./vllm.ts";

export const profileNames = ["anthropic", "ollama", "vllm", "llamacpp", "lmstudio", "litellm"] as const;
export type ProfileName = (typeof profileNames)[number];

export const profiles: Readonly<Record<ProfileName, ProviderProfile>> = {
  anthropic,
  ollama,
  vllm,
  llamacpp,
  lmstudio,
  litellm,
};
