import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Bot, Ellipsis, Plus } from "lucide-react";
import { useState } from "react";
import { agentsQuery, deleteAgent, updateAgent } from "@/api/agents";
import { errorMessage } from "@/api/errors";
import type { Agent, AgentId } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Chip } from "@/components/ui/chip";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuSeparator,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { showToast } from "@/components/ui/toast";
import { modeNames } from "@/lib/modes";
import { SectionPage, WhenLoaded } from "./components/section-page";

/** Where a profile is made, changed or copied. */
export type AgentTarget = { type: "new" } | { type: "edit"; id: AgentId } | { type: "copy"; id: AgentId };
type AgentsSectionProps = { onOpen: (target: AgentTarget) => void };

/** The agent profiles: how agents are run. */
export function AgentsSection({ onOpen }: AgentsSectionProps) {
  const agents = useQuery(agentsQuery());
  return (
    <SectionPage
      action={
        <Button onClick={() => onOpen({ type: "new" })}>
          <Icon as={Plus} />
          New profile
        </Button>
      }
      note="How an agent is run: program, model, what it may do unasked, and its limits."
      title="Agent profiles"
    >
      <WhenLoaded query={agents}>
        {(list) => (
          <ul className="rounded-md border bg-card">
            {list.map((agent) => (
              <AgentRow agent={agent} key={agent.id} onOpen={onOpen} />
            ))}
          </ul>
        )}
      </WhenLoaded>
    </SectionPage>
  );
}

function AgentRow({ agent, onOpen }: { agent: Agent } & AgentsSectionProps) {
  const [isRemoving, setIsRemoving] = useState(false);
  return (
    <li className="flex items-center gap-2 border-t pr-2 first:border-t-0">
      <button
        className="flex min-h-11 min-w-0 flex-1 items-center gap-2 rounded-md py-1.5 pl-3 text-left hover:bg-accent focus-visible:-outline-offset-2"
        onClick={() => onOpen({ type: "edit", id: agent.id })}
        type="button"
      >
        <Icon as={Bot} className="text-muted-foreground" size={16} />
        <span className="min-w-0 flex-1">
          <span className="flex items-center gap-2">
            <span className="truncate font-[550]">
              <PlainText text={agent.name} />
            </span>
            {agent.is_default ? <Chip>default</Chip> : null}
          </span>
          <span className="block truncate text-xs text-muted-foreground">
            <PlainText text={describe(agent)} />
          </span>
        </span>
      </button>
      <AgentMenu agent={agent} onOpen={onOpen} onRemove={() => setIsRemoving(true)} />
      {isRemoving ? <RemoveDialog agent={agent} onClose={() => setIsRemoving(false)} /> : null}
    </li>
  );
}

function describe(agent: Agent): string {
  const program = agent.adapter === "scripted" ? "scripted agent, no key, no cost" : (agent.command ?? "claude");
  return [modeNames[agent.mode], program, ...(agent.model ? [agent.model] : [])].join(" · ");
}

type AgentMenuProps = { agent: Agent; onRemove: () => void } & AgentsSectionProps;

function AgentMenu({ agent, onOpen, onRemove }: AgentMenuProps) {
  const client = useQueryClient();
  const makeDefault = () =>
    void updateAgent(agent.id, { is_default: true }).then(
      () => client.invalidateQueries({ queryKey: agentsQuery().queryKey }),
      (error: unknown) => showToast({ title: "The default stays as it was.", detail: errorMessage(error) }),
    );
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button aria-label={`Menu of ${agent.name}`} size="icon-sm" variant="ghost">
          <Icon as={Ellipsis} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent>
        <DropdownMenuItem onSelect={() => onOpen({ type: "edit", id: agent.id })}>Edit</DropdownMenuItem>
        <DropdownMenuItem onSelect={() => onOpen({ type: "copy", id: agent.id })}>Copy</DropdownMenuItem>
        {agent.is_default ? null : <DropdownMenuItem onSelect={makeDefault}>Make it the default</DropdownMenuItem>}
        {agent.is_default ? null : (
          <>
            <DropdownMenuSeparator />
            <DropdownMenuItem onSelect={onRemove} tone="danger">
              Remove…
            </DropdownMenuItem>
          </>
        )}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function RemoveDialog({ agent, onClose }: { agent: Agent; onClose: () => void }) {
  const client = useQueryClient();
  const run = async () => {
    await deleteAgent(agent.id);
    await client.invalidateQueries({ queryKey: agentsQuery().queryKey });
  };
  return (
    <ConfirmDialog
      choices={[{ label: "Remove the profile", variant: "destructive", run }]}
      explain={errorMessage}
      onClose={onClose}
      title={`Remove the profile ${agent.name}?`}
    >
      <p>
        Tasks and projects that name it run with the default profile from then on. What it has done stays. The profile
        itself cannot be had back.
      </p>
    </ConfirmDialog>
  );
}
