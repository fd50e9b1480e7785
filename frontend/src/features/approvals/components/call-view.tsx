import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { approvalPreviewQuery } from "@/api/approvals";
import { errorMessage } from "@/api/errors";
import type { Approval, ApprovalPreview, JsonValue } from "@/api/generated/types";
import { Changes } from "@/components/changes";
import { EditLines } from "@/components/edit-lines";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import { callFields, otherFields, pathInside, readCall, type ToolCall } from "@/lib/tool-call";
import { LongText } from "./long-text";

/** A call in the form that suits its tool. Whatever the form does not show stands below it, field by field. */
export function CallView({ approval }: { approval: Approval }) {
  const call = readCall(approval.tool_name, approval.tool_input);
  return (
    <>
      <CallForm approval={approval} call={call} />
      <OtherFields call={call} input={approval.tool_input} />
    </>
  );
}

function CallForm({ approval, call }: { approval: Approval; call: ToolCall }) {
  switch (call.type) {
    case "command":
      return <CommandView command={call.command} cwd={approval.cwd} />;
    case "edit":
    case "write":
      return <FileView approval={approval} call={call} />;
    case "read":
      return <LineView text={pathInside(call.path, approval.cwd)} />;
    case "fetch":
      return <LineView text={call.url} />;
    case "search":
      return <LineView text={call.query} />;
    case "mcp":
      return <ToolView name={`${call.server} · ${call.tool}`} />;
    case "plan":
      return <PlanView plan={call.plan} />;
    case "other":
      return <ToolView name={call.tool} />;
  }
}

/** What is to be allowed lies on the card's own surface. */
function CallWell({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <div
      className={cn(
        "overflow-hidden rounded-sm border border-needs-you-border bg-(--call-surface,var(--card))",
        className,
      )}
    >
      {children}
    </div>
  );
}

function CommandView({ command, cwd }: { command: string; cwd: string | null }) {
  return (
    <CallWell className="flex items-baseline gap-2 px-2.5 py-1.5 font-mono text-[12.5px] leading-5 tracking-normal max-md:flex-wrap">
      <span aria-hidden className="shrink-0 text-faint-foreground select-none">
        $
      </span>
      <LongText className="min-w-0 flex-1 text-[length:inherit]" text={command} />
      {cwd === null ? null : (
        <span className="shrink-0 font-sans text-2xs text-faint-foreground max-md:hidden" title={cwd}>
          in the worktree
        </span>
      )}
    </CallWell>
  );
}

function LineView({ text }: { text: string }) {
  return (
    <CallWell className="px-2.5 py-1.5 font-mono text-[12.5px] leading-5 tracking-normal">
      <LongText className="text-[length:inherit]" text={text} />
    </CallWell>
  );
}

function ToolView({ name }: { name: string }) {
  return (
    <CallWell className="px-2.5 py-1.5 text-sm font-[550]">
      <PlainText text={name} />
    </CallWell>
  );
}

function PlanView({ plan }: { plan: string }) {
  return (
    <CallWell>
      <div
        className="max-h-[46vh] overflow-y-auto px-3 py-2"
        // What scrolls must be reachable by the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        <Markdown text={plan} />
      </div>
    </CallWell>
  );
}

type FileCall = Extract<ToolCall, { type: "edit" | "write" }>;

/** A change of a file, against the file as it is now. */
function FileView({ approval, call }: { approval: Approval; call: FileCall }) {
  const preview = useQuery({ ...approvalPreviewQuery(approval.id), enabled: approval.state === "pending" });
  const path = preview.data?.path ?? pathInside(call.path, approval.cwd);
  return (
    <CallWell>
      <div className="flex min-h-8 items-center gap-2 border-b px-2.5 py-1">
        <code className="min-w-0 flex-1 text-code [overflow-wrap:anywhere]">
          <PlainText text={path} />
        </code>
        <FileFacts preview={preview.data} />
      </div>
      <FileChange approval={approval} call={call} preview={preview.data} problem={preview.error} />
    </CallWell>
  );
}

function FileFacts({ preview }: { preview: ApprovalPreview | undefined }) {
  if (preview === undefined) return null;
  return (
    <span className="flex shrink-0 items-center gap-2 text-xs text-faint-foreground">
      {preview.is_inside ? null : (
        <span className="flex items-center gap-1 font-[550] text-state-failed">
          <Icon as={TriangleAlert} size={12} />
          outside the worktree
        </span>
      )}
      {preview.is_new ? "new file" : null}
      {preview.diff ? (
        <Changes additions={preview.diff.file.additions} deletions={preview.diff.file.deletions} />
      ) : null}
    </span>
  );
}

type FileChangeProps = {
  approval: Approval;
  call: FileCall;
  preview: ApprovalPreview | undefined;
  problem: Error | null;
};

function FileChange({ approval, call, preview, problem }: FileChangeProps) {
  const hunks = preview?.diff?.hunks ?? [];
  if (hunks.length > 0) return <EditLines hunks={hunks} isWholeInSight path={call.path} />;
  if (preview === undefined && problem === null && approval.state === "pending") return <div className="h-14" />;
  const why = preview?.problem ?? (problem ? errorMessage(problem) : preview?.diff?.notes[0]);
  return (
    <div className="flex flex-col gap-2 px-2.5 py-2">
      {why ? <p className="text-xs text-muted-foreground">{why}</p> : null}
      <PlainFields fields={Object.entries(callFields(approval.tool_input)).filter(([key]) => !key.endsWith("_path"))} />
    </div>
  );
}

function OtherFields({ call, input }: { call: ToolCall; input: JsonValue }) {
  const fields = otherFields(call, input);
  if (fields.length > 0) {
    return (
      <CallWell className="mt-2 px-2.5 py-1.5">
        <PlainFields fields={fields} />
      </CallWell>
    );
  }
  if (call.type !== "other" && call.type !== "mcp") return null;
  const bare = JSON.stringify(input, undefined, 2);
  if (bare === "{}" || bare === "null") return <p className="mt-2 text-xs text-muted-foreground">without arguments</p>;
  return (
    <CallWell className="mt-2 px-2.5 py-1.5">
      <LongText className="text-code" text={bare} />
    </CallWell>
  );
}

/** Arguments by name, texts as they are and everything else as JSON. */
function PlainFields({ fields }: { fields: readonly (readonly [string, JsonValue])[] }) {
  return (
    <dl className="grid grid-cols-[fit-content(40%)_minmax(0,1fr)] gap-x-3 gap-y-1 text-xs">
      {fields.map(([key, value]) => (
        <div className="contents" key={key}>
          <dt className="leading-4.5 [overflow-wrap:anywhere] text-muted-foreground">
            <PlainText text={key} />
          </dt>
          <dd className="min-w-0">
            <LongText
              className="text-code"
              text={typeof value === "string" ? value : JSON.stringify(value, undefined, 2)}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}
