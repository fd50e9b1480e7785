import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Project, Rule } from "@/api/generated/types";
import { deleteRule, deleteRules, rulesQuery } from "@/api/rules";
import { Ago } from "@/components/elapsed";
import { Notice } from "@/components/notice";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { showToast } from "@/components/ui/toast";
import { formatCount } from "@/lib/format";
import { SectionPage, WhenLoaded } from "./components/section-page";

/** What is always allowed in a project: kept by the board, never in the repository. */
export function RulesSection({ project }: { project: Project }) {
  const rules = useQuery(rulesQuery(project.id));
  const [isRemoving, setIsRemoving] = useState(false);
  return (
    <SectionPage
      action={
        (rules.data?.length ?? 0) > 0 ? (
          <Button onClick={() => setIsRemoving(true)} variant="danger">
            Remove all…
          </Button>
        ) : null
      }
      note="Calls that agents of this project make unasked. Kept by the board, never in the repository."
      title="Always allowed"
    >
      <WhenLoaded query={rules}>{(list) => <RuleList project={project} rules={list} />}</WhenLoaded>
      {isRemoving ? (
        <RemoveAll count={rules.data?.length ?? 0} onClose={() => setIsRemoving(false)} project={project} />
      ) : null}
    </SectionPage>
  );
}

function RuleList({ project, rules }: { project: Project; rules: readonly Rule[] }) {
  if (rules.length === 0) {
    return (
      <Notice className="px-0" title="Nothing is always allowed">
        What you allow with “Always” when an agent asks stands here, with how often it was used.
      </Notice>
    );
  }
  return (
    <ul className="rounded-md border bg-card">
      {rules.map((rule) => (
        <RuleRow key={rule.id} project={project} rule={rule} />
      ))}
    </ul>
  );
}

function RuleRow({ project, rule }: { project: Project; rule: Rule }) {
  const client = useQueryClient();
  const remove = () =>
    void deleteRule(project.id, rule.id).then(
      () => client.invalidateQueries({ queryKey: rulesQuery(project.id).queryKey }),
      (error: unknown) => showToast({ title: "The rule was not removed.", detail: errorMessage(error) }),
    );
  return (
    <li className="flex items-center gap-3 border-t px-3 py-2 first:border-t-0">
      <span className="min-w-0 flex-1">
        <span className="block [overflow-wrap:anywhere]">
          <PlainText text={rule.text} />
        </span>
        <span className="flex flex-wrap items-center gap-x-3 text-xs text-muted-foreground tabular-nums">
          <code className="[overflow-wrap:anywhere] text-foreground">
            <PlainText text={rule.pattern === null ? rule.tool_name : `${rule.tool_name}(${rule.pattern})`} />
          </code>
          <span>{rule.attempt_id === null ? "this project" : "one attempt only"}</span>
          <span>
            {rule.hit_count === 0 ? "never used" : formatCount(rule.hit_count, "call")}
            {rule.last_hit_at ? (
              <>
                {" · last "}
                <Ago at={rule.last_hit_at} />
              </>
            ) : null}
          </span>
        </span>
      </span>
      <Button aria-label={`Remove the rule: ${rule.text}`} onClick={remove} size="sm" variant="ghost">
        Remove
      </Button>
    </li>
  );
}

function RemoveAll({ project, count, onClose }: { project: Project; count: number; onClose: () => void }) {
  const client = useQueryClient();
  const run = async () => {
    await deleteRules(project.id);
    await client.invalidateQueries({ queryKey: rulesQuery(project.id).queryKey });
  };
  return (
    <ConfirmDialog
      choices={[{ label: "Remove all rules", variant: "destructive", run }]}
      explain={errorMessage}
      onClose={onClose}
      title={`Remove ${formatCount(count, "rule")} of ${project.name}?`}
    >
      <p>Agents ask again before such calls. The rules can only be had back by allowing the calls again.</p>
    </ConfirmDialog>
  );
}
