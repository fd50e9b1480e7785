import { useQuery, useQueryClient } from "@tanstack/react-query";
import * as z from "zod/mini";
import { agentsQuery, createAgent, updateAgent } from "@/api/agents";
import type { Agent, AgentAdapter, AgentId, UpdateAgent } from "@/api/generated/types";
import { ModeField } from "@/components/mode-field";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { parseMode } from "@/lib/modes";
import type { AgentTarget } from "./agents-section";
import { ChoiceField, LongField, NumberField, TextField } from "./components/fields";
import { SectionPage, WhenLoaded } from "./components/section-page";
import { SettingsForm } from "./components/settings-form";
import { useForm } from "./hooks/use-form";
import { environment, lines, maybeDollars, maybeWholeNumber, required, showEnvironment, trimmed } from "./parse";

const schema = z.object({
  name: required("A profile needs a name."),
  adapter: z.string(),
  mode: z.string(),
  model: trimmed,
  command: trimmed,
  appendPrompt: z.string(),
  environment,
  args: lines,
  maxTurns: maybeWholeNumber(1, 100_000),
  maxCostUsd: maybeDollars,
});

type Draft = z.input<typeof schema>;
type AgentForm = ReturnType<typeof useAgentForm>;

const fresh: Draft = {
  name: "",
  adapter: "claude",
  mode: "bypass",
  model: "",
  command: "",
  appendPrompt: "",
  environment: "",
  args: "",
  maxTurns: "",
  maxCostUsd: "",
};

type AgentSectionProps = { target: AgentTarget; onMade: (id: AgentId) => void; onClose: () => void };

/** One agent profile: a new one, a copy, or one that is changed. */
export function AgentSection({ target, onMade, onClose }: AgentSectionProps) {
  const agents = useQuery(agentsQuery());
  const back = <Button onClick={onClose}>All profiles</Button>;
  return (
    <SectionPage action={back} title={titles[target.type]}>
      <WhenLoaded query={agents}>
        {(list) => {
          const agent = target.type === "new" ? undefined : list.find((candidate) => candidate.id === target.id);
          if (target.type === "new") return <ProfileForm agent={undefined} draft={fresh} onMade={onMade} />;
          if (agent === undefined) return <Notice className="px-0" title="This profile is not there any more" />;
          if (target.type === "edit") return <ProfileForm agent={agent} draft={toDraft(agent)} onMade={onMade} />;
          return <ProfileForm agent={undefined} draft={copyOf(agent, list)} onMade={onMade} />;
        }}
      </WhenLoaded>
    </SectionPage>
  );
}

const titles: Record<AgentTarget["type"], string> = {
  new: "New agent profile",
  edit: "Agent profile",
  copy: "Copy of an agent profile",
};

type ProfileFormProps = { agent: Agent | undefined; draft: Draft; onMade: (id: AgentId) => void };

function ProfileForm({ agent, draft: initial, onMade }: ProfileFormProps) {
  const form = useAgentForm(agent, initial, onMade);
  const { draft, change, error } = form;
  return (
    <SettingsForm form={form} save={agent ? "Save profile" : "Make profile"}>
      <TextField error={error("name")} label="Name" onChange={(name) => change({ name })} value={draft.name} />
      {agent ? null : (
        <ChoiceField label="Agent" onChange={(adapter) => change({ adapter })} value={draft.adapter}>
          <option value="claude">Claude Code</option>
          <option value="scripted">Scripted agent: plays a script, no key, no cost</option>
        </ChoiceField>
      )}
      <ModeField onChange={(mode) => change({ mode })} value={draft.mode} />
      <TextField
        hint="Nothing is the program's own choice."
        label="Model"
        onChange={(model) => change({ model })}
        value={draft.model}
      />
      <LongField
        hint="Stands at the end of its agents' prompts."
        label="Added to the prompt"
        onChange={(appendPrompt) => change({ appendPrompt })}
        value={draft.appendPrompt}
      />
      <LimitFields form={form} />
      <ProcessFields form={form} />
    </SettingsForm>
  );
}

function LimitFields({ form }: { form: AgentForm }) {
  const { draft, change, error } = form;
  return (
    <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
      <NumberField
        error={error("maxTurns")}
        hint="Model turns of a run. Nothing is no limit."
        label="Turns at most"
        onChange={(maxTurns) => change({ maxTurns })}
        value={draft.maxTurns}
      />
      <NumberField
        error={error("maxCostUsd")}
        hint="US dollars of a run, as the agent counts them. Nothing is no limit."
        label="Cost at most"
        onChange={(maxCostUsd) => change({ maxCostUsd })}
        value={draft.maxCostUsd}
      />
    </div>
  );
}

function ProcessFields({ form }: { form: AgentForm }) {
  const { draft, change, error } = form;
  return (
    <>
      <TextField
        className="font-mono"
        hint="The program to start instead of claude."
        label="Command"
        onChange={(command) => change({ command })}
        value={draft.command}
      />
      <LongField
        className="max-h-48 min-h-14 font-mono"
        hint="One a line. They are handed to the program as they stand."
        label="More arguments"
        onChange={(args) => change({ args })}
        value={draft.args}
      />
      <LongField
        className="max-h-48 min-h-14 font-mono"
        error={error("environment")}
        hint="One variable a line, as NAME=value. It is stored as it stands here, so it is no place for secrets."
        label="Environment"
        onChange={(text) => change({ environment: text })}
        value={draft.environment}
      />
    </>
  );
}

function useAgentForm(agent: Agent | undefined, initial: Draft, onMade: (id: AgentId) => void) {
  const client = useQueryClient();
  return useForm({
    initial,
    schema,
    // A new profile is not stored until somebody says so, even if nothing was typed into the copy.
    isNew: agent === undefined,
    save: async (request) => {
      const body = toBody(request, agent);
      const saved = agent
        ? await updateAgent(agent.id, body)
        : await createAgent({ ...body, name: request.name, adapter: adapterOf(request.adapter) });
      await client.invalidateQueries({ queryKey: agentsQuery().queryKey });
      return { draft: toDraft(saved), ...(agent ? {} : { after: () => onMade(saved.id) }) };
    },
  });
}

function adapterOf(text: string): AgentAdapter {
  return text === "scripted" ? "scripted" : "claude";
}

function toDraft(agent: Agent): Draft {
  return {
    name: agent.name,
    adapter: agent.adapter,
    mode: agent.mode,
    model: agent.model ?? "",
    command: agent.command ?? "",
    appendPrompt: agent.append_prompt ?? "",
    environment: showEnvironment(agent.env),
    args: agent.extra_args.join("\n"),
    maxTurns: agent.limits.max_turns == null ? "" : String(agent.limits.max_turns),
    maxCostUsd: agent.limits.max_cost_usd == null ? "" : String(agent.limits.max_cost_usd),
  };
}

function copyOf(agent: Agent, agents: readonly Agent[]): Draft {
  const names = new Set(agents.map((other) => other.name));
  const candidates = Array.from({ length: agents.length + 1 }, (_, index) => `${agent.name} ${index + 2}`);
  return { ...toDraft(agent), name: candidates.find((name) => !names.has(name)) ?? "" };
}

/** An empty text is none. Limits that the form does not show stay. */
function toBody(request: z.output<typeof schema>, agent: Agent | undefined): UpdateAgent {
  return {
    name: request.name,
    mode: parseMode(request.mode),
    model: request.model,
    command: request.command,
    append_prompt: request.appendPrompt,
    env: request.environment,
    extra_args: request.args,
    limits: { ...agent?.limits, max_turns: request.maxTurns, max_cost_usd: request.maxCostUsd },
  };
}
