import { validationFailed } from "../api-error.ts";

const bodyLimit = 65_536;

/** GitHub counts characters, not bytes. */
export function refuseLongBody(body: string | null | undefined, resource: string): void {
  if (body && [...body].length > bodyLimit) {
    throw validationFailed({
      resource,
      code: "custom",
      field: "body",
      message: `body is too long (maximum is ${bodyLimit} characters)`,
    });
  }
}
