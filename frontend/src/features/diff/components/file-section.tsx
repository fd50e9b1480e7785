import { Skeleton } from "@/components/ui/skeleton";
import { Button } from "@/components/ui/button";
import type { ShownFile } from "../hooks/use-shown-files";
import { type DiffMode, rowsBetween } from "../rows";
import { DiffRowView } from "./diff-lines";
import { FileHead, type FileActs } from "./file-head";
import { SidewaysLines } from "./sideways-lines";

type FileSectionProps = {
  shown: ShownFile;
  /** What of the file's body is in view, in pixels from its start. */
  from: number;
  to: number;
  mode: DiffMode;
  isActive: boolean;
  acts: FileActs;
  onRetry: (path: string) => void;
};

/** One file: its header stays in view for as long as any of its lines is. */
export function FileSection({ shown, from, to, mode, isActive, acts, onRetry }: FileSectionProps) {
  const { file } = shown;
  return (
    <section
      aria-label={file.path}
      className="absolute inset-x-0"
      data-path={file.path}
      style={{ top: `${shown.top}px`, height: `${shown.height}px` }}
    >
      <FileHead acts={acts} file={file} isActive={isActive} isFirst={shown.top === 0} isFolded={shown.isFolded} />
      {shown.isFolded ? null : (
        <FileBody from={from} mode={mode} onRetry={() => onRetry(file.path)} shown={shown} to={to} />
      )}
    </section>
  );
}

type FileBodyProps = Pick<FileSectionProps, "shown" | "from" | "to" | "mode"> & { onRetry: () => void };

function FileBody({ shown, from, to, mode, onRetry }: FileBodyProps) {
  const { rows, state, file } = shown;
  if (!rows || !state?.lines) {
    return state?.error === undefined ? <Loading /> : <Failed message={state.error} onRetry={onRetry} />;
  }
  const { lines } = state;
  const { first, end } = rowsBetween(rows.tops, from, to);
  const drawn = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  return (
    <SidewaysLines
      columns={shown.overflows ? rows.columns : 0}
      height={rows.tops.at(-1) ?? 0}
      label={file.path}
      mode={mode}
    >
      <div className="absolute inset-x-0 contain-content" style={{ top: `${rows.tops[first]}px` }}>
        {drawn.map((index) => {
          const row = rows.at(index);
          // Whoever writes in a remark goes on writing when it moves.
          return <DiffRowView key={row.type === "remark" ? row.key : index} lines={lines} mode={mode} row={row} />;
        })}
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
