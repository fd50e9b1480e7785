import { ChevronDown, ChevronRight } from "lucide-react";
import type { DiffFile } from "@/api/generated/types";
import { Changes } from "@/components/changes";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Chip } from "@/components/ui/chip";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { languageOf } from "@/lib/highlight";
import { escapeHidden } from "@/lib/hidden-text";
import type { FileState } from "../diff-file-store";
import { type DiffMode, type FileRows, rowsBetween } from "../rows";
import { folderOf, nameOf } from "../tree";
import { DiffRowView } from "./diff-lines";
import { SidewaysLines } from "./sideways-lines";

export type ShownFile = {
  file: DiffFile;
  top: number;
  height: number;
  isFolded: boolean;
  state: FileState | undefined;
  rows: FileRows | undefined;
  /** Whether lines are wider than their place. */
  overflows: boolean;
};

type FileSectionProps = {
  shown: ShownFile;
  /** What of the file's body is in view, in pixels from its start. */
  from: number;
  to: number;
  mode: DiffMode;
  onFold: () => void;
  onRetry: () => void;
};

/** One file: its header stays in view for as long as any of its lines is. */
export function FileSection({ shown, from, to, mode, onFold, onRetry }: FileSectionProps) {
  return (
    <section
      aria-label={shown.file.path}
      className="absolute inset-x-0"
      style={{ top: `${shown.top}px`, height: `${shown.height}px` }}
    >
      <FileHead file={shown.file} isFirst={shown.top === 0} isFolded={shown.isFolded} onFold={onFold} />
      {shown.isFolded ? null : <FileBody from={from} mode={mode} onRetry={onRetry} shown={shown} to={to} />}
    </section>
  );
}

type FileHeadProps = { file: DiffFile; isFirst: boolean; isFolded: boolean; onFold: () => void };

function FileHead({ file, isFirst, isFolded, onFold }: FileHeadProps) {
  const folder = folderOf(file.path);
  return (
    <h3 className={`sticky top-0 z-10 flex h-9 border-b bg-muted ${isFirst ? "" : "border-t"}`}>
      <button
        aria-expanded={!isFolded}
        className="flex min-w-0 flex-1 items-center gap-2 px-3 text-left text-xs font-normal focus-visible:-outline-offset-2"
        onClick={onFold}
        title={escapeHidden(file.path)}
        type="button"
      >
        <Icon as={isFolded ? ChevronRight : ChevronDown} size={12} />
        <code className="min-w-0 truncate" dir="rtl">
          <bdi dir="ltr">
            {folder === "" ? null : (
              <span className="text-muted-foreground">
                <PlainText text={`${folder}/`} />
              </span>
            )}
            <PlainText text={nameOf(file.path)} />
          </bdi>
        </code>
        {file.binary ? null : <Changes additions={file.additions} deletions={file.deletions} />}
        <Kind file={file} />
      </button>
    </h3>
  );
}

/** What happened to the file, where it is not just changed. */
function Kind({ file }: { file: DiffFile }) {
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

type FileBodyProps = Pick<FileSectionProps, "shown" | "from" | "to" | "mode" | "onRetry">;

function FileBody({ shown, from, to, mode, onRetry }: FileBodyProps) {
  const { rows, state, file } = shown;
  if (!rows) return state?.error === undefined ? <Loading /> : <Failed message={state.error} onRetry={onRetry} />;
  const { first, end } = rowsBetween(rows.tops, from, to);
  const language = languageOf(file.path);
  return (
    <SidewaysLines
      columns={shown.overflows ? rows.columns : 0}
      height={rows.tops.at(-1) ?? 0}
      label={file.path}
      mode={mode}
    >
      <div className="absolute inset-x-0" style={{ top: `${rows.tops[first]}px` }}>
        {rows.rows.slice(first, end).map((row, index) => (
          <DiffRowView key={first + index} language={language} row={row} />
        ))}
      </div>
    </SidewaysLines>
  );
}

function Loading() {
  return (
    <div aria-busy="true" className="flex flex-col gap-3 px-16 pt-3">
      <Skeleton className="w-2/5" />
      <Skeleton className="w-1/2" />
    </div>
  );
}

function Failed({ message, onRetry }: { message: string; onRetry: () => void }) {
  return (
    <div className="flex h-11 items-center gap-3 px-4 text-xs text-muted-foreground" role="alert">
      <span className="truncate">{message}</span>
      <Button onClick={onRetry} size="sm">
        Try again
      </Button>
    </div>
  );
}
