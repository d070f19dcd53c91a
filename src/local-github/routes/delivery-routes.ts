import { notFound } from "../api-error.ts";
import { ok, type AppCall, type Routes } from "../http/call.ts";
import { isoTime } from "../payloads/time.ts";
import type { Delivery } from "../state/model.ts";
import type { JsonObject } from "../world.ts";

export const deliveryRoutes: Routes = {
  "apps/list-webhook-deliveries": {
    for: "app",
    handle: (call) => {
      // Newest first; the cursor is the id of the last delivery that was shown.
      const cursor = Number(call.query["cursor"] ?? Number.MAX_SAFE_INTEGER);
      const perPage = Math.min(Number(call.query["per_page"] ?? 30), 100);
      const older = finished(call).filter((one) => one.id < cursor);
      const shown = older.slice(0, perPage);
      const headers: Record<string, string> = {};
      if (older.length > perPage) {
        const next = new URL(call.url);
        next.searchParams.set("cursor", String(shown.at(-1)!.id));
        headers["link"] = `<${next.href}>; rel="next"`;
      }
      return { status: 200, body: shown.map(itemPayload), headers };
    },
  },
  "apps/get-webhook-delivery": {
    for: "app",
    handle: (call) => {
      const delivery = find(call);
      return ok({
        ...itemPayload(delivery),
        url: delivery.url,
        request: delivery.request,
        response: { headers: delivery.response.headers, payload: delivery.response.body },
      });
    },
  },
  "apps/redeliver-webhook-delivery": {
    for: "app",
    handle: (call) => {
      call.world.webhooks.redeliver(find(call));
      return { status: 202, body: {} };
    },
  },
};

function finished(call: AppCall): Delivery[] {
  return call.world.state.deliveries.filter((one) => one.app === call.app && one.finishedAt).toReversed();
}

function find(call: AppCall): Delivery {
  const delivery = finished(call).find((one) => one.id === Number(call.params["delivery_id"]));
  if (!delivery) throw notFound();
  return delivery;
}

function itemPayload(delivery: Delivery): JsonObject {
  return {
    id: delivery.id,
    guid: delivery.guid,
    delivered_at: isoTime(delivery.deliveredAt),
    redelivery: delivery.redelivery,
    duration: delivery.durationSeconds,
    status: delivery.status,
    status_code: delivery.statusCode,
    event: delivery.event,
    action: delivery.action,
    installation_id: delivery.installationId,
    repository_id: delivery.repositoryId,
    throttled_at: null,
  };
}
