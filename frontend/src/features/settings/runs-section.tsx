import { useQuery } from "@tanstack/react-query";
import * as z from "zod/mini";
import { agentsQuery } from "@/api/agents";
import type { Project, UpdateProject } from "@/api/generated/types";
import { ChoiceField, LongField, NumberField, TickField } from "./components/fields";
import { SectionPage } from "./components/section-page";
import { SettingsForm } from "./components/settings-form";
import { lines, maybeWholeNumber, wholeNumber } from "./parse";
import { useProjectForm } from "./project-section";

const schema = z.object({
  agentId: z.string(),
  maxParallel: wholeNumber(1, 64),
  autoRun: z.boolean(),
  carryFiles: lines,
  answerAfterMin: maybeWholeNumber(1, 10_080),
  answer: z.string(),
});

type Draft = z.input<typeof schema>;
type RunsForm = ReturnType<typeof useRunsForm>;

/** How a project's tasks are run. */
export function RunsSection({ project }: { project: Project }) {
  const form = useRunsForm(project);
  const { draft, change, error } = form;
  return (
    <SectionPage title="Runs">
      <SettingsForm form={form} save="Save run settings">
        <ProfileField form={form} />
        <NumberField
          error={error("maxParallel")}
          hint="An attempt that waits for you frees its place."
          label="Agents at once in this project"
          onChange={(maxParallel) => change({ maxParallel })}
          value={draft.maxParallel}
        />
        <TickField
          checked={draft.autoRun}
          hint="The highest task of To Do starts whenever a place is free."
          label="Start tasks without being asked"
          onChange={(autoRun) => change({ autoRun })}
        />
        <LongField
          className="max-h-48 min-h-14 font-mono"
          hint="Files that git ignores but the work needs, as .env. One path or pattern a line; each new worktree gets a copy."
          label="Files to carry over"
          onChange={(carryFiles) => change({ carryFiles })}
          value={draft.carryFiles}
        />
        <QuestionFields form={form} />
      </SettingsForm>
    </SectionPage>
  );
}

function useRunsForm(project: Project) {
  return useProjectForm(project, { schema, toDraft, toPatch });
}

function ProfileField({ form }: { form: RunsForm }) {
  const agents = useQuery(agentsQuery()).data ?? [];
  const fallback = agents.find((agent) => agent.is_default);
  return (
    <ChoiceField
      hint="Of tasks that name none."
      label="Agent profile"
      onChange={(agentId) => form.change({ agentId })}
      value={form.draft.agentId}
    >
      <option value="">{fallback ? `The default one, ${fallback.name}` : "The default one"}</option>
      {agents.map((agent) => (
        <option key={agent.id} value={agent.id}>
          {agent.name}
        </option>
      ))}
    </ChoiceField>
  );
}

function QuestionFields({ form }: { form: RunsForm }) {
  const { draft, change, error } = form;
  return (
    <fieldset className="flex flex-col gap-3 border-t pt-4">
      <legend className="sr-only">When nobody answers a question</legend>
      <h3 aria-hidden className="font-semibold">
        When nobody answers a question
      </h3>
      <NumberField
        error={error("answerAfterMin")}
        hint="Minutes. Nothing is never: the agent waits as long as it takes."
        label="Answer by itself after"
        onChange={(answerAfterMin) => change({ answerAfterMin })}
        value={draft.answerAfterMin}
      />
      <LongField
        className="max-h-48 min-h-14"
        hint="Nothing tells the agent to decide itself and to say so."
        label="With this answer"
        onChange={(answer) => change({ answer })}
        value={draft.answer}
      />
    </fieldset>
  );
}

function toDraft({ settings }: Project): Draft {
  const afterS = settings.question_default_after_s;
  return {
    agentId: settings.default_agent_id ?? "",
    maxParallel: String(settings.max_parallel),
    autoRun: settings.auto_run,
    carryFiles: settings.carry_files.join("\n"),
    // A time that is no whole minute was set elsewhere; it is shown as the next one.
    answerAfterMin: afterS === null ? "" : String(Math.ceil(afterS / 60)),
    answer: settings.question_default_answer,
  };
}

function toPatch(request: z.output<typeof schema>): UpdateProject {
  return {
    settings: {
      default_agent_id: request.agentId === "" ? null : request.agentId,
      max_parallel: request.maxParallel,
      auto_run: request.autoRun,
      carry_files: request.carryFiles,
      question_default_after_s: request.answerAfterMin === null ? null : request.answerAfterMin * 60,
      question_default_answer: request.answer,
    },
  };
}
