export type ErrorDetail =
  | string
  | { resource: string; code: string; field?: string; message?: string; value?: string | null };

/** What the API answers instead of doing what was asked. The body has GitHub's form. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly errors: ErrorDetail[] | undefined;
  readonly headers: Record<string, string>;

  constructor(
    status: number,
    message: string,
    details: { errors?: ErrorDetail[]; headers?: Record<string, string> } = {},
  ) {
    super(message);
    this.status = status;
    this.errors = details.errors;
    this.headers = details.headers ?? {};
  }

  get body(): Record<string, unknown> {
    return {
      message: this.message,
      ...(this.errors && { errors: this.errors }),
      documentation_url: "https://docs.github.com/rest",
    };
  }
}

export function notFound(): ApiError {
  return new ApiError(404, "Not Found");
}

/** 422 with `errors` as GitHub gives them. */
export function validationFailed(...errors: ErrorDetail[]): ApiError {
  return new ApiError(422, "Validation Failed", { errors });
}

/** 422 in the form that only carries sentences. */
export function unprocessable(...errors: string[]): ApiError {
  return new ApiError(422, "Unprocessable Entity", { errors });
}
