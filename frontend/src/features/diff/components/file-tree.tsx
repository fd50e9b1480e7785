import { Folder, Search } from "lucide-react";
import { useState } from "react";
import { VList } from "virtua";
import type { DiffFile } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import { escapeHidden } from "@/lib/hidden-text";
import { filterFiles, treeRows, type TreeRow } from "../tree";

type FileTreeProps = { files: readonly DiffFile[]; active: string | undefined; onFile: (path: string) => void };

/** The changed files by folder, with a search. */
export function FileTree({ files, active, onFile }: FileTreeProps) {
  const [query, setQuery] = useState("");
  const found = filterFiles(files, query);
  return (
    <nav aria-label="Changed files" className="flex h-full min-h-0 flex-col pt-2">
      <label className="mx-2 mb-2 flex h-7 shrink-0 items-center gap-2 rounded-md border border-border-strong bg-card px-2 text-faint-foreground focus-within:border-ring focus-within:outline-1 focus-within:outline-ring max-md:h-11">
        <Icon as={Search} />
        <input
          aria-label="Filter files"
          className="min-w-0 flex-1 bg-transparent text-foreground outline-none max-md:text-base"
          onChange={(event) => setQuery(event.target.value)}
          placeholder="Filter files"
          type="search"
          value={query}
        />
      </label>
      {found.length === 0 ? <p className="px-3 text-xs text-muted-foreground">No file has this in its path.</p> : null}
      <VList className="min-h-0 flex-1" data={treeRows(found)} itemSize={28}>
        {(row) => (
          <TreeItem
            isActive={row.type === "file" && row.file.path === active}
            key={keyOf(row)}
            onFile={onFile}
            row={row}
          />
        )}
      </VList>
    </nav>
  );
}

function keyOf(row: TreeRow): string {
  return row.type === "folder" ? `${row.path}/` : row.file.path;
}

type TreeItemProps = { row: TreeRow; isActive: boolean; onFile: (path: string) => void };

function TreeItem({ row, isActive, onFile }: TreeItemProps) {
  if (row.type === "folder") {
    return (
      <div
        className="flex h-7 items-center gap-2 px-3 text-xs text-muted-foreground max-md:h-11"
        title={escapeHidden(row.path)}
      >
        <Icon as={Folder} size={12} />
        <span className="truncate" dir="rtl">
          <bdi dir="ltr">
            <PlainText text={row.path} />
          </bdi>
        </span>
      </div>
    );
  }
  return (
    <button
      aria-current={isActive || undefined}
      className={cn(
        "flex h-7 w-full items-center gap-2 pr-3 pl-3 text-left text-xs hover:bg-accent focus-visible:-outline-offset-2 max-md:h-11",
        row.isNested && "pl-7",
        isActive && "bg-selected shadow-[inset_2px_0_0_var(--ring)] hover:bg-selected",
      )}
      onClick={() => onFile(row.file.path)}
      title={escapeHidden(row.file.path)}
      type="button"
    >
      <span
        className={cn("min-w-0 flex-1 truncate", row.file.status === "deleted" && "text-muted-foreground line-through")}
      >
        <PlainText text={row.name} />
      </span>
      <Counts file={row.file} />
    </button>
  );
}

/** Only what is there: a new file removes nothing. */
function Counts({ file }: { file: DiffFile }) {
  if (file.binary) return <span className="text-2xs text-faint-foreground">binary</span>;
  return (
    <span className="flex gap-1 text-2xs whitespace-nowrap tabular-nums">
      {file.additions > 0 ? <span className="text-diff-add-text">+{file.additions}</span> : null}
      {file.deletions > 0 ? <span className="text-diff-del-text">−{file.deletions}</span> : null}
    </span>
  );
}
