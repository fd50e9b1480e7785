import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { AttemptDiff, AttemptId } from "@/api/generated/types";
import { Dialog, DialogContent } from "@/components/ui/dialog";
import { DiffFileStore } from "../diff-file-store";
import { useBox } from "../hooks/use-box";
import { useDiffChoices } from "../hooks/use-diff-choices";
import { orderFiles } from "../tree";
import { DiffBar } from "./diff-bar";
import { DiffScroller, type DiffScrollerHandle } from "./diff-scroller";
import { FileTree } from "./file-tree";

type DiffViewProps = {
  attemptId: AttemptId;
  diff: AttemptDiff;
  file: string | undefined;
  isRefreshing: boolean;
  onRefresh: () => void;
  onFile: (path: string) => void;
};

const treeNeeds = 780;
const treeWidth = 264;

/** Tree and files. Files are read as they come into view. */
export function DiffView({ attemptId, diff, file, isRefreshing, onRefresh, onFile }: DiffViewProps) {
  const client = useQueryClient();
  const [store] = useState(() => new DiffFileStore(client, attemptId));
  const states = useSyncExternalStore(store.subscribe, store.read);
  const whole = useRef<HTMLDivElement>(null);
  const scroller = useRef<DiffScrollerHandle>(null);
  const box = useBox(whole);
  const hasTree = box.width >= treeNeeds;
  const choices = useDiffChoices(hasTree ? box.width - treeWidth : box.width);
  const [isTreeOpen, setIsTreeOpen] = useState(false);
  const [active, setActive] = useState(file);
  const files = useMemo(() => orderFiles(diff.files), [diff.files]);
  const choose = (path: string) => {
    setIsTreeOpen(false);
    scroller.current?.toFile(path);
    onFile(path);
  };
  const tree = <FileTree active={active} files={files} onFile={choose} />;
  return (
    <div className="flex h-full min-h-0 flex-col" ref={whole}>
      <DiffBar
        choices={choices}
        diff={diff}
        isRefreshing={isRefreshing}
        onRefresh={onRefresh}
        onTree={hasTree ? undefined : () => setIsTreeOpen(true)}
      />
      <div className="flex min-h-0 flex-1">
        {hasTree ? <aside className="w-66 shrink-0 border-r">{tree}</aside> : null}
        <DiffScroller
          choices={choices}
          files={files}
          handle={scroller}
          head={diff.head}
          onActive={setActive}
          onFile={onFile}
          startFile={file}
          states={states}
          store={store}
        />
      </div>
      <Dialog onOpenChange={setIsTreeOpen} open={isTreeOpen}>
        <DialogContent className="h-[76vh]" title="Changed files">
          {tree}
        </DialogContent>
      </Dialog>
    </div>
  );
}
