import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { DiffView as View } from "@/api/diff";
import type { AttemptDiff, DiffFile } from "@/api/generated/types";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { DiffFileStore } from "../diff-file-store";
import { useDiffKeys } from "../hooks/use-diff-keys";
import { useFind } from "../hooks/use-find";
import type { DiffReview } from "../remarks";
import type { DiffMode } from "../rows";
import { orderFiles } from "../tree";
import { DiffScroller, type DiffScrollerHandle } from "./diff-scroller";
import { FileTree } from "./file-tree";
import { FindBar } from "./find-bar";

type Switch = { isOpen: boolean; onChange: (isOpen: boolean) => void };

export type DiffViewProps = {
  view: View;
  diff: AttemptDiff;
  file: string | undefined;
  mode: DiffMode;
  onMode: (mode: DiffMode) => void;
  hasTree: boolean;
  tree: Switch;
  find: Switch;
  review: DiffReview;
  onFile: (path: string) => void;
  onViewed: ((file: DiffFile, isViewed: boolean) => void) | undefined;
};

/** Tree and files of one view of the diff. Files are read as they come into view. */
export function DiffView(props: DiffViewProps) {
  const { view, diff, review, hasTree } = props;
  const { store, states, scroller, files, active, setActive, choose, find } = useDiffView(props);
  const tree = (
    <FileTree active={active} counts={review.counts} files={files} onFile={choose} onViewed={props.onViewed} />
  );
  const search = props.find.isOpen ? { query: find.needle, match: find.match } : { query: "", match: undefined };
  return (
    <>
      {props.find.isOpen ? (
        <FindBar files={files.length} find={find} onClose={() => props.find.onChange(false)} read={states.size} />
      ) : null}
      <div className="flex min-h-0 flex-1">
        {hasTree ? <aside className="w-66 shrink-0 border-r">{tree}</aside> : null}
        <DiffScroller
          active={active}
          files={files}
          handle={scroller}
          head={diff.head}
          mode={props.mode}
          onActive={setActive}
          onViewed={props.onViewed}
          review={review}
          search={search}
          startFile={props.file}
          states={states}
          store={store}
          view={view}
        />
      </div>
      <Dialog onOpenChange={props.tree.onChange} open={props.tree.isOpen && !hasTree}>
        <DialogContent className="h-[76vh]" title="Changed files">
          {tree}
        </DialogContent>
      </Dialog>
    </>
  );
}

function useDiffView(props: DiffViewProps) {
  const { view, diff, file, onFile } = props;
  const client = useQueryClient();
  const [store] = useState(() => new DiffFileStore(client, view));
  const states = useSyncExternalStore(store.subscribe, store.read);
  const scroller = useRef<DiffScrollerHandle>(null);
  const [active, setActive] = useState(file);
  const files = useMemo(() => orderFiles(diff.files), [diff.files]);
  const choose = (path: string) => {
    props.tree.onChange(false);
    scroller.current?.toFile(path);
    onFile(path);
  };
  const find = useFind(files, states, ({ path, line }) => {
    if (line === undefined) scroller.current?.toFile(path);
    else scroller.current?.toTarget({ path, line });
  });
  const at = files.findIndex((candidate) => candidate.path === active);
  const go = (to: DiffFile | undefined) => to && choose(to.path);
  useDiffKeys({
    onStep: (by) => go(files[Math.max(0, at + by)]),
    onNextUnseen: () => go([...files.slice(at + 1), ...files.slice(0, at + 1)].find((next) => !next.is_viewed)),
    onViewed: () => {
      const seen = files[at];
      if (seen) props.onViewed?.(seen, !seen.is_viewed);
    },
    onComment: () => scroller.current?.comment(),
    onMode: props.onMode,
    onFind: () => props.find.onChange(true),
  });
  return { store, states, scroller, files, active, setActive, choose, find };
}
