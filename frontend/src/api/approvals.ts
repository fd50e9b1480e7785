import { type QueryClient, queryOptions } from "@tanstack/react-query";
import { waitForFeed } from "./board-feed";
import { request } from "./client";
import { ApiError } from "./errors";
import type { Approval, ApprovalId, ApprovalPreview, ResolveApproval } from "./generated/types";
import { putApproval } from "./pending";
import { approval, approvalConflict, approvalPreview, pageOf } from "./schemas";

const approvalPage = pageOf(approval);

/** What waits for a person over all projects, oldest first. The socket patches this list. */
export function pendingApprovalsQuery() {
  return queryOptions({
    queryKey: ["approvals", "pending"],
    queryFn: async ({ signal }): Promise<readonly Approval[]> => {
      await waitForFeed();
      return (await request("/api/approvals/pending", approvalPage, { signal })).items;
    },
  });
}

/** One approval, whatever became of it. The socket patches it. */
export function approvalQuery(approvalId: ApprovalId) {
  return queryOptions({
    queryKey: ["approval", approvalId],
    queryFn: ({ signal }): Promise<Approval> => request(`/api/approvals/${approvalId}`, approval, { signal }),
  });
}

/** What the call would do to its file as the file is now: read anew each time it is shown. */
export function approvalPreviewQuery(approvalId: ApprovalId) {
  return queryOptions({
    queryKey: ["approval_preview", approvalId],
    queryFn: ({ signal }): Promise<ApprovalPreview> =>
      request(`/api/approvals/${approvalId}/preview`, approvalPreview, { signal }),
    staleTime: 0,
  });
}

/** Answers, once: a second answer is refused with who was faster. What is shown follows before the socket tells it. */
export async function resolveApproval(
  client: QueryClient,
  approvalId: ApprovalId,
  body: ResolveApproval,
): Promise<Approval> {
  const path = `/api/approvals/${approvalId}`;
  const resolved = await request(path, approval, { method: "POST", body });
  putApproval(client, resolved);
  return resolved;
}

/** Who was faster, as a refused answer to an approval or a question tells it. */
export type FasterAnswer = { resolved_by: string | null; resolved_at: string | null; state: string };

/** Reads who was faster out of a failure, if that is what failed. */
export function findFasterAnswer(error: unknown): FasterAnswer | undefined {
  if (!(error instanceof ApiError) || error.failure.type !== "refused" || error.code !== "conflict") return undefined;
  return approvalConflict.safeParse(error.failure.details).data;
}
