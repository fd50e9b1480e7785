import { Paperclip } from "lucide-react";
import type { Attachment } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";

/** The files that went with a message, by name. */
export function AttachedFiles({ files = [] }: { files: readonly Attachment[] | undefined }) {
  if (files.length === 0) return null;
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-x-3 pb-1 text-xs text-muted-foreground">
      {files.map((file) => (
        <li className="flex min-w-0 items-center gap-1" key={file.id}>
          <Icon as={Paperclip} size={12} />
          <span className="[overflow-wrap:anywhere]">
            <PlainText text={file.name} />
          </span>
        </li>
      ))}
    </ul>
  );
}
