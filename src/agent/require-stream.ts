import type { IncomingMessage } from "node:http";
import { ModelError } from "../errors.ts";
import { IncomingResponse } from "./http-fetch.ts";

/** Throws ModelError for a page where a stream should be: a proxy's login, say. */
export function requireStream(response: Response): IncomingMessage {
  if (response instanceof IncomingResponse) return response.incoming;
  const contentType = response.headers.get("content-type") ?? "";
  const what = contentType === "" ? "nothing" : (contentType.split(";")[0] ?? contentType);
  throw new ModelError("model.not_a_stream", `The model server answered with ${what} instead of a stream.`, {
    mend: "The operator checks the server's address (`handback doctor --model`): it must speak the Messages API, with streaming.",
    fields: { contentType },
  });
}
