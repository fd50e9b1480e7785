import { queryOptions } from "@tanstack/react-query";
import { request, requestPart } from "./client";
import type { Attachment, UploadAttachment } from "./generated/types";
import { attachment } from "./schemas";

/** Stores a file, to be named in a message; the same content is stored once. */
export function uploadAttachment(body: UploadAttachment): Promise<Attachment> {
  return request("/api/attachments", attachment, { method: "POST", body });
}

/** An attachment's bytes: a link could not carry the token. What an id names never changes. */
export function attachmentQuery(attachmentId: string) {
  return queryOptions({
    queryKey: ["attachment", attachmentId],
    queryFn: async ({ signal }): Promise<Uint8Array> =>
      (await requestPart(`/api/attachments/${attachmentId}`, undefined, signal))?.bytes ?? new Uint8Array(),
  });
}
