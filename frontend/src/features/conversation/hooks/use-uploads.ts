import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { attachmentQuery, uploadAttachment } from "@/api/attachments";
import { errorMessage } from "@/api/errors";
import type { Attachment, AttemptId } from "@/api/generated/types";
import { fileCountMax, fileProblem, limitWords, nameOf, toUpload } from "../attachments";
import { changeDraft, type Draft, readDraft } from "../draft-store";

export type Upload = { key: string; name: string };

/** Files on their way to the server; those that arrived stand in the draft. */
export function useUploads(attemptId: AttemptId) {
  const client = useQueryClient();
  const [uploads, setUploads] = useState<readonly Upload[]>([]);
  const [problem, setProblem] = useState<string>();

  const upload = async (file: File) => {
    const key = crypto.randomUUID();
    setUploads((all) => [...all, { key, name: nameOf(file) }]);
    try {
      const stored = await uploadAttachment(await toUpload(file));
      const bytes = new Uint8Array(await file.arrayBuffer());
      client.setQueryData(attachmentQuery(stored.id).queryKey, bytes);
      changeDraft(attemptId, (draft) => attach(draft, stored));
    } catch (error) {
      setProblem(`${nameOf(file)} was not attached. ${errorMessage(error)}`);
    }
    setUploads((all) => all.filter((other) => other.key !== key));
  };
  const add = (files: readonly File[]) => {
    const room = fileCountMax - readDraft(attemptId).attachments.length - uploads.length;
    const fitting = files.filter((file) => fileProblem(file) === undefined);
    const tooMany = fitting.length > room ? `${limitWords}: not all were attached.` : undefined;
    setProblem(files.map(fileProblem).find((found) => found !== undefined) ?? tooMany);
    for (const file of fitting.slice(0, Math.max(0, room))) void upload(file);
  };
  return { uploads, problem, add, dismiss: () => setProblem(undefined) };
}

/** The same content is the same attachment: it is sent once. */
function attach(draft: Draft, stored: Attachment): Draft {
  if (draft.attachments.some((other) => other.id === stored.id)) return draft;
  return { ...draft, attachments: [...draft.attachments, stored] };
}
