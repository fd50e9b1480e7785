import { ChevronDown, ChevronRight, MessageSquare, Search } from "lucide-react";
import { useState } from "react";
import { VList } from "virtua";
import type { DiffFile } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Checkbox } from "@/components/ui/checkbox";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import { escapeHidden } from "@/lib/hidden-text";
import { useIsNarrow } from "@/lib/use-media";
import { isLarge } from "../layout";
import { filterFiles, treeRows, type TreeRow } from "../tree";

type FileTreeProps = {
  files: readonly DiffFile[];
  active: string | undefined;
  /** How many comments each file has. */
  counts: ReadonlyMap<string, number>;
  onFile: (path: string) => void;
  onViewed: ((file: DiffFile, isViewed: boolean) => void) | undefined;
};

/** The changed files by folder, with a search. */
export function FileTree(props: FileTreeProps) {
  const [query, setQuery] = useState("");
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rowPx = useIsNarrow() ? 44 : 28;
  const found = filterFiles(props.files, query);
  const toggle = (path: string) => setClosed((old) => toggled(old, path));
  return (
    <nav aria-label="Changed files" className="flex h-full min-h-0 flex-col pt-2">
      <FilterField onChange={setQuery} query={query} />
      {found.length === 0 ? <p className="px-3 text-xs text-muted-foreground">No file has this in its path.</p> : null}
      <VList className="min-h-0 flex-1" data={treeRows(found, closed)} itemSize={rowPx}>
        {(row) =>
          row.type === "folder" ? (
            <FolderRow key={`${row.path}/`} onToggle={toggle} row={row} />
          ) : (
            <FileRow {...props} key={row.file.path} row={row} />
          )
        }
      </VList>
    </nav>
  );
}

function toggled(closed: ReadonlySet<string>, path: string): ReadonlySet<string> {
  const others = [...closed].filter((other) => other !== path);
  return new Set(closed.has(path) ? others : [...others, path]);
}

function FilterField({ query, onChange }: { query: string; onChange: (query: string) => void }) {
  return (
    <label className="mx-2 mb-2 flex h-7 shrink-0 items-center gap-2 rounded-md border border-border-strong bg-card px-2 text-faint-foreground focus-within:border-ring focus-within:outline-1 focus-within:outline-ring max-md:h-11">
      <Icon as={Search} />
      <input
        aria-label="Filter files"
        className="min-w-0 flex-1 bg-transparent text-foreground outline-none max-md:text-base"
        onChange={(event) => onChange(event.target.value)}
        placeholder="Filter files"
        type="search"
        value={query}
      />
    </label>
  );
}

type FolderRowProps = { row: Extract<TreeRow, { type: "folder" }>; onToggle: (path: string) => void };

function FolderRow({ row, onToggle }: FolderRowProps) {
  return (
    <button
      aria-expanded={!row.isClosed}
      className="flex h-7 w-full items-center gap-2 px-3 text-left text-xs text-muted-foreground hover:bg-accent focus-visible:-outline-offset-2 max-md:h-11"
      onClick={() => onToggle(row.path)}
      title={escapeHidden(row.path)}
      type="button"
    >
      <Icon as={row.isClosed ? ChevronRight : ChevronDown} size={12} />
      <span className="truncate" dir="rtl">
        <bdi dir="ltr">
          <PlainText text={row.path} />
        </bdi>
      </span>
    </button>
  );
}

type FileRowProps = Omit<FileTreeProps, "files"> & { row: Extract<TreeRow, { type: "file" }> };

function FileRow({ row, active, counts, onFile, onViewed }: FileRowProps) {
  const { file } = row;
  const isActive = file.path === active;
  return (
    <div
      className={cn(
        "flex h-7 items-center gap-2 pr-3 text-xs hover:bg-accent max-md:h-11",
        row.isNested ? "pl-7" : "pl-3",
        isActive && "bg-selected shadow-[inset_2px_0_0_var(--ring)] hover:bg-selected",
      )}
    >
      {onViewed ? (
        <Checkbox
          aria-label={`Viewed ${file.path}`}
          checked={file.is_viewed}
          className="max-md:size-5"
          onCheckedChange={(checked) => onViewed(file, checked === true)}
        />
      ) : null}
      <button
        aria-current={isActive || undefined}
        className="flex h-full min-w-0 flex-1 items-center gap-2 text-left focus-visible:-outline-offset-2"
        onClick={() => onFile(file.path)}
        title={escapeHidden(file.path)}
        type="button"
      >
        <span
          className={cn(
            "min-w-0 flex-1 truncate",
            (file.is_viewed || file.status === "deleted") && "text-muted-foreground",
            file.status === "deleted" && "line-through",
          )}
        >
          <PlainText text={row.name} />
        </span>
        <Comments count={counts.get(file.path) ?? 0} />
        <Counts file={file} />
      </button>
    </div>
  );
}

function Comments({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <span className="inline-flex items-center gap-0.5 text-2xs text-muted-foreground tabular-nums">
      <Icon as={MessageSquare} size={12} />
      {count}
      <span className="sr-only">{count === 1 ? "comment" : "comments"}</span>
    </span>
  );
}

/** Only what is there: a new file removes nothing. */
function Counts({ file }: { file: DiffFile }) {
  if (file.is_submodule) return <span className="text-2xs text-faint-foreground">submodule</span>;
  if (file.binary) return <span className="text-2xs text-faint-foreground">binary</span>;
  if (isLarge(file)) {
    const title = formatCount(file.additions + file.deletions, "changed line");
    return (
      <span className="text-2xs text-faint-foreground" title={title}>
        folded
      </span>
    );
  }
  return (
    <span className="flex gap-1 text-2xs whitespace-nowrap tabular-nums">
      {file.additions > 0 ? <span className="text-diff-add-text">+{file.additions}</span> : null}
      {file.deletions > 0 ? <span className="text-diff-del-text">−{file.deletions}</span> : null}
    </span>
  );
}
