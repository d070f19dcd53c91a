import { createApp } from "../actions/apps.ts";
import { ApiError } from "../api-error.ts";
import { created, type Routes } from "../http/call.ts";
import { items, property, text } from "../http/fields.ts";
import { appPayload } from "../payloads/app-payload.ts";
import type { Permissions } from "../state/model.ts";

export const manifestRoutes: Routes = {
  "apps/create-from-manifest": {
    for: "anybody",
    handle: async ({ world, params, manifests }) => {
      const found = manifests.take(params["code"]!);
      if (!found) throw new ApiError(404, "Not Found");
      const { manifest, owner } = found;
      const url = text(property(manifest, "hook_attributes"), "url");
      const webhookSecret = Buffer.from(crypto.getRandomValues(new Uint8Array(20))).toString("hex");
      const { app, privateKey } = await createApp(world, {
        name: text(manifest, "name") ?? "app",
        owner,
        description: text(manifest, "description") ?? "",
        permissions: (property(manifest, "default_permissions") ?? {}) as Permissions,
        events: (items(manifest, "default_events") ?? []).map(String),
        webhookSecret,
        ...(url !== undefined && { webhookUrl: url }),
      });
      return created({
        ...appPayload(world, app),
        client_id: app.clientId,
        client_secret: Buffer.from(crypto.getRandomValues(new Uint8Array(20))).toString("hex"),
        webhook_secret: webhookSecret,
        pem: privateKey,
      });
    },
  },
};
