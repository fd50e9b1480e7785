import type { ErrorCode, JsonValue } from "./generated/types";

/** Why a request came to nothing: what the server said, or that it said nothing. */
export type Failure =
  | { type: "refused"; status: number; code: ErrorCode; details: JsonValue | undefined }
  | { type: "unreachable" }
  | { type: "timed_out" }
  | { type: "unreadable"; status: number };

/** A request that failed, with a sentence for the user. */
export class ApiError extends Error {
  readonly failure: Failure;

  constructor(message: string, failure: Failure) {
    super(message);
    this.name = "ApiError";
    this.failure = failure;
  }

  /** The server's code; only what a client acts on has one. */
  get code(): ErrorCode | undefined {
    return this.failure.type === "refused" ? this.failure.code : undefined;
  }
}

/** What to tell the user about anything that was thrown. */
export function errorMessage(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  if (error instanceof Error) return `This page failed: ${error.message}`;
  return "This page failed for an unknown reason.";
}

/** Whether the thing asked for is not there. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiError && error.code === "not_found";
}
