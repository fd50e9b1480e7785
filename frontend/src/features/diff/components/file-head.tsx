import { ChevronDown, ChevronRight, MessageSquarePlus } from "lucide-react";
import { useId } from "react";
import type { DiffFile } from "@/api/generated/types";
import { Changes } from "@/components/changes";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { Chip } from "@/components/ui/chip";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { escapeHidden } from "@/lib/hidden-text";
import { isLarge } from "../layout";
import { folderOf, nameOf } from "../tree";

export type FileActs = {
  onFold: (file: DiffFile, isFolded: boolean) => void;
  onViewed: ((file: DiffFile, isViewed: boolean) => void) | undefined;
  /** Begins a comment on the whole file. */
  onComment: ((file: DiffFile) => void) | undefined;
};

type FileHeadProps = { file: DiffFile; isFirst: boolean; isFolded: boolean; isActive: boolean; acts: FileActs };

/** What a file is called, what happened to it, and whether it was seen. */
export function FileHead({ file, isFirst, isFolded, isActive, acts }: FileHeadProps) {
  return (
    <div className={`sticky top-0 z-10 flex h-9 items-center border-b bg-muted ${isFirst ? "" : "border-t"}`}>
      <h3 className="flex h-full min-w-0 flex-1">
        <button
          aria-expanded={!isFolded}
          className="flex min-w-0 flex-1 items-center gap-2 px-3 text-left text-xs font-normal focus-visible:-outline-offset-2"
          onClick={() => acts.onFold(file, !isFolded)}
          title={escapeHidden(file.path)}
          type="button"
        >
          <Icon as={isFolded ? ChevronRight : ChevronDown} size={12} />
          <FilePath path={file.path} />
          {file.additions + file.deletions > 0 ? (
            <Changes additions={file.additions} deletions={file.deletions} />
          ) : null}
          <Kind file={file} />
          <ModeChange file={file} />
          {isFolded && isLarge(file) ? <span className="truncate text-faint-foreground">folded</span> : null}
        </button>
      </h3>
      {acts.onComment ? (
        <Button
          aria-label={`Comment on ${file.path}`}
          className="max-md:size-9"
          onClick={() => acts.onComment?.(file)}
          size="icon-sm"
          title="Comment on this file"
          variant="ghost"
        >
          <Icon as={MessageSquarePlus} size={13} />
        </Button>
      ) : null}
      {acts.onViewed ? <ViewedBox file={file} isActive={isActive} onViewed={acts.onViewed} /> : null}
    </div>
  );
}

function FilePath({ path }: { path: string }) {
  const folder = folderOf(path);
  return (
    <code className="min-w-0 truncate" dir="rtl">
      <bdi dir="ltr">
        {folder === "" ? null : (
          <span className="text-muted-foreground">
            <PlainText text={`${folder}/`} />
          </span>
        )}
        <PlainText text={nameOf(path)} />
      </bdi>
    </code>
  );
}

type ViewedBoxProps = { file: DiffFile; isActive: boolean; onViewed: (file: DiffFile, isViewed: boolean) => void };

function ViewedBox({ file, isActive, onViewed }: ViewedBoxProps) {
  const id = useId();
  return (
    <label
      className="flex h-full shrink-0 items-center gap-1.5 pr-4 pl-2 text-xs text-muted-foreground hover:text-foreground"
      htmlFor={id}
    >
      <Checkbox checked={file.is_viewed} id={id} onCheckedChange={(checked) => onViewed(file, checked === true)} />
      Viewed
      {isActive ? <Kbd>V</Kbd> : null}
    </label>
  );
}

/** What happened to the file, where it is not just changed. */
function Kind({ file }: { file: DiffFile }) {
  if (file.is_submodule) return <Chip>submodule</Chip>;
  switch (file.status) {
    case "modified":
      return null;
    case "added":
      return <Chip>new</Chip>;
    case "deleted":
      return <Chip>deleted</Chip>;
    case "type_changed":
      return <Chip>other type</Chip>;
    case "renamed":
    case "copied":
      return (
        <span className="min-w-0 truncate text-muted-foreground" title={escapeHidden(file.old_path ?? "")}>
          {file.status} from{" "}
          <code>
            <PlainText text={file.old_path ?? "?"} />
          </code>
        </span>
      );
  }
}

const modeWords: Record<string, string> = {
  "100644 100755": "now executable",
  "100755 100644": "no longer executable",
};

function ModeChange({ file: { old_mode, new_mode } }: { file: DiffFile }) {
  if (old_mode === null || new_mode === null || old_mode === new_mode) return null;
  const title = `mode ${old_mode} → ${new_mode}`;
  return <Chip title={title}>{modeWords[`${old_mode} ${new_mode}`] ?? title}</Chip>;
}
