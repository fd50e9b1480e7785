import { useQuery } from "@tanstack/react-query";
import { File as FileIcon, Loader, X } from "lucide-react";
import { useEffect, useRef } from "react";
import { attachmentQuery } from "@/api/attachments";
import type { Attachment } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { escapeHidden } from "@/lib/hidden-text";
import { formatBytes, isPicture } from "../attachments";
import type { Upload } from "../hooks/use-uploads";

type AttachmentChipsProps = {
  attachments: readonly Attachment[];
  uploads?: readonly Upload[];
  /** Takes one out; without it they are only shown. */
  onRemove?: (id: string) => void;
};

/** The files of a message: pictures as pictures, everything by name and size. */
export function AttachmentChips({ attachments, uploads = [], onRemove }: AttachmentChipsProps) {
  if (attachments.length + uploads.length === 0) return null;
  return (
    <ul aria-label="Attached files" className="flex flex-wrap gap-1.5">
      {attachments.map((attachment) => (
        <AttachmentChip attachment={attachment} key={attachment.id} {...(onRemove ? { onRemove } : {})} />
      ))}
      {uploads.map((upload) => (
        <li
          className="flex h-8 items-center gap-1.5 rounded-sm border px-2 text-xs text-muted-foreground"
          key={upload.key}
        >
          <Icon as={Loader} size={12} />
          <span className="max-w-40 truncate">
            <PlainText text={upload.name} />
          </span>
          uploading…
        </li>
      ))}
    </ul>
  );
}

function AttachmentChip({ attachment, onRemove }: { attachment: Attachment; onRemove?: (id: string) => void }) {
  return (
    <li className="flex h-8 items-center gap-1.5 overflow-hidden rounded-sm border pr-1 pl-1.5 text-xs max-md:h-11">
      {isPicture(attachment.media_type) ? <Picture attachment={attachment} /> : <Icon as={FileIcon} size={13} />}
      <span className="max-w-40 truncate" title={escapeHidden(attachment.name)}>
        <PlainText text={attachment.name} />
      </span>
      <span className="pr-1 text-faint-foreground tabular-nums">{formatBytes(attachment.byte_count)}</span>
      {onRemove ? (
        <Button
          aria-label={`Take out ${escapeHidden(attachment.name)}`}
          onClick={() => onRemove(attachment.id)}
          size="icon-sm"
          variant="ghost"
        >
          <Icon as={X} size={12} />
        </Button>
      ) : null}
    </li>
  );
}

/** A picture, small. It is fetched with the token, so it comes as bytes and not by its address. */
function Picture({ attachment }: { attachment: Attachment }) {
  const bytes = useQuery(attachmentQuery(attachment.id)).data;
  const image = useRef<HTMLImageElement>(null);
  useEffect(() => {
    if (bytes === undefined || image.current === null) return undefined;
    const url = URL.createObjectURL(new Blob([new Uint8Array(bytes)], { type: attachment.media_type }));
    image.current.src = url;
    return () => URL.revokeObjectURL(url);
  }, [attachment.media_type, bytes]);
  return <img alt="" className="size-6 rounded-xs bg-muted object-cover" ref={image} />;
}
