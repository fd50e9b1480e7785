import { Copy, ExternalLink } from "lucide-react";
import { useState } from "react";
import type { ConflictFile, ConflictHunk } from "@/api/generated/types";
import { openEditor, resolveConflicts } from "@/api/review";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { formatCount } from "@/lib/format";
import { usePanel } from "../hooks/use-panel";
import { conflictKinds } from "../words";
import { Section } from "./section";

/** What a merge would conflict in, with both sides, and the two ways on. */
export function Conflicts() {
  const { merge } = usePanel();
  const { preview } = merge;
  if (merge.decisions.length === 0 || preview?.forecast !== "conflict") return null;
  return (
    <Section note={formatCount(preview.conflicts.length, "file")} title={`Conflicts with ${preview.target}`}>
      <p className="text-muted-foreground">
        {preview.target} stays as it is, and nothing of the attempt is lost. Once they are resolved on its branch, it
        can be merged.
      </p>
      <Ways />
      <ul className="mt-3 flex flex-col gap-2">
        {preview.conflicts.map((file) => (
          <File base={preview.target} file={file} key={file.path} />
        ))}
      </ul>
    </Section>
  );
}

function Ways() {
  const { newest, action, run, onView } = usePanel();
  if (newest === undefined) return null;
  const resolve = () =>
    run("The agent was not asked", async () => {
      await resolveConflicts(newest.id);
      onView({ tab: "activity", attempt: undefined });
    });
  return (
    <div className="mt-2 flex flex-wrap items-center gap-2">
      {newest.allowed_actions.includes("resolve_conflicts") ? (
        <Button
          disabled={action.type === "running"}
          onClick={resolve}
          title={`Merges ${newest.base_branch} into the worktree and asks the agent to resolve what conflicts`}
          variant="primary"
        >
          Let the agent resolve
        </Button>
      ) : null}
      <Button
        disabled={action.type === "running"}
        onClick={() => run("The editor was not opened", () => openEditor(newest.id))}
      >
        <Icon as={ExternalLink} />
        Open in editor
      </Button>
      {newest.worktree_path ? <CopyPath path={newest.worktree_path} /> : null}
    </div>
  );
}

function CopyPath({ path }: { path: string }) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <span className="flex min-w-0 items-center gap-1">
      <code className="min-w-0 text-code [overflow-wrap:anywhere] text-muted-foreground">
        <PlainText text={path} />
      </code>
      <Button
        aria-label={isCopied ? "Copied" : "Copy the worktree's path"}
        onBlur={() => setIsCopied(false)}
        onClick={() => void navigator.clipboard.writeText(path).then(() => setIsCopied(true))}
        size="icon-sm"
        title={isCopied ? "Copied" : "Copy the worktree's path"}
        variant="ghost"
      >
        <Icon as={Copy} size={13} />
      </Button>
    </span>
  );
}

const openHunks = 3;

function File({ file, base }: { file: ConflictFile; base: string }) {
  return (
    <li className="overflow-hidden rounded-md border">
      <details open={file.hunks.length <= openHunks}>
        <summary className="flex min-h-9 cursor-default flex-wrap items-center gap-x-2 bg-card px-3 py-1.5 max-md:min-h-11">
          <code className="font-[550] [overflow-wrap:anywhere]">
            <PlainText text={file.path} />
          </code>
          <span className="text-xs text-muted-foreground">{conflictKinds[file.kind] ?? file.kind}</span>
          <span className="ml-auto text-xs text-faint-foreground">
            {file.hunks.length > 0 ? formatCount(file.hunks.length, "place") : ""}
          </span>
        </summary>
        {file.hunks.length === 0 ? (
          <p className="border-t px-3 py-2 text-xs text-muted-foreground">
            <PlainText text={file.message} />
          </p>
        ) : null}
        {file.hunks.map((hunk) => (
          <Hunk base={base} hunk={hunk} key={hunk.line} />
        ))}
      </details>
    </li>
  );
}

function Hunk({ hunk, base }: { hunk: ConflictHunk; base: string }) {
  return (
    <div className="border-t">
      <p className="bg-inset px-3 py-1 text-2xs text-muted-foreground tabular-nums">line {hunk.line}</p>
      <div className="grid @[640px]:grid-cols-2 @[640px]:[&>*+*]:border-l">
        <Side text={hunk.ours} title={`on ${base}`} />
        <Side text={hunk.theirs} title="in the attempt" />
      </div>
      <details className="border-t">
        <summary className="cursor-default px-3 py-1 text-2xs text-muted-foreground">before both</summary>
        <Lines label="before both" text={hunk.base} />
      </details>
    </div>
  );
}

function Side({ title, text }: { title: string; text: string }) {
  return (
    <div className="min-w-0 border-t">
      <p className="px-3 pt-1 text-2xs font-medium text-muted-foreground">{title}</p>
      <Lines label={title} text={text} />
    </div>
  );
}

function Lines({ text, label }: { text: string; label: string }) {
  if (text === "") return <p className="px-3 pb-1.5 text-xs text-faint-foreground">nothing</p>;
  return (
    <pre
      aria-label={label}
      className="max-h-72 overflow-auto px-3 pb-1.5 text-code"
      // A block that scrolls must be reachable by the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <PlainText text={text.replace(/\n$/, "")} />
    </pre>
  );
}
