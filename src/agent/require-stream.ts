import { ModelError } from "../errors.ts";

/**
 * The answer, with word of each piece of its body as it comes: a model that thinks for long sends nothing but pings, which the SDK
 * swallows. Throws ModelError for a page where a stream should be: a proxy's login, say.
 */
export async function requireStream(
  response: Response,
  { onBytes }: { onBytes: () => void },
): Promise<Response> {
  const contentType = response.headers.get("content-type") ?? "";
  if (response.body === null || /^(?:text\/html|application\/json)\b/i.test(contentType)) {
    await response.body?.cancel();
    const what = contentType === "" ? "nothing" : (contentType.split(";")[0] ?? contentType);
    throw new ModelError(
      "model.not_a_stream",
      `The model server answered with ${what} instead of a stream.`,
      {
        mend: "The operator checks the server's address (`handback doctor --model`): it must speak the Messages API, with streaming.",
        fields: { contentType },
      },
    );
  }
  const watched = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(bytes, controller) {
        onBytes();
        controller.enqueue(bytes);
      },
    }),
  );
  return new Response(watched, { status: response.status, headers: response.headers });
}
