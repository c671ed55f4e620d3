// What goes wrong with a call, as one kind of error that says what to do.

/** An answer other than success (`application/problem+json`), or none at all: then `code` is `NETWORK` and `status` 0. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly detail: string,
    readonly fields: { field: string; message: string }[] = [],
    /** Further members of the answer, such as who holds a chat. */
    readonly more: Record<string, unknown> = {},
    /** Seconds that the server asks to wait. */
    readonly retryAfterSecs: number | null = null,
  ) {
    super(detail);
    this.name = "Problem";
  }

  /** Whether the same call may succeed later, without being changed. */
  get passes(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }

  static of(response: Response, body: unknown): Problem {
    const said = (body && typeof body === "object" ? body : {}) as Record<string, unknown>;
    const { code, detail, errors, type: _type, title: _title, status: _status, ...more } = said;
    const wait = Number(response.headers.get("retry-after"));
    return new Problem(
      response.status,
      typeof code === "string" ? code : "INTERNAL",
      typeof detail === "string" ? detail : response.statusText,
      Array.isArray(errors) ? (errors as { field: string; message: string }[]) : [],
      more,
      Number.isFinite(wait) && wait > 0 ? wait : null,
    );
  }

  static unreachable(cause: unknown): Problem {
    const problem = new Problem(0, "NETWORK", "The server cannot be reached.");
    problem.cause = cause;
    return problem;
  }
}

export function asProblem(error: unknown): Problem {
  return error instanceof Problem ? error : Problem.unreachable(error);
}
