import * as z from "zod/mini";
import type { MergeStyle, Project, UpdateProject } from "@/api/generated/types";
import { decisionName } from "@/lib/review-words";
import { ChoiceField, TextField, TickField } from "./components/fields";
import { type GateDraft, GateFields } from "./components/gate-fields";
import { SectionPage } from "./components/section-page";
import { SettingsForm } from "./components/settings-form";
import { required, trimmed, wholeNumber } from "./parse";
import { useProjectForm } from "./project-section";

const gate = z.object({
  key: z.string(),
  name: required("A gate needs a name."),
  command: required("A gate needs a command."),
  timeoutS: wholeNumber(1, 86_400),
});

const schema = z.object({
  gates: z.array(gate).check(z.refine(haveOwnNames, { message: "Two gates have the same name: give each its own." })),
  setupCommand: trimmed,
  mergeStyle: z.string(),
  gatesBeforeMerge: z.boolean(),
  runMergeHooks: z.boolean(),
});

type Draft = z.input<typeof schema>;
type GatesForm = ReturnType<typeof useGatesForm>;

/** The commands that check a project's attempts, and how their work is merged. */
export function GatesSection({ project }: { project: Project }) {
  const form = useGatesForm(project);
  const { draft, change } = form;
  return (
    <SectionPage
      note="Commands that each attempt's work must pass, in this order, and how it goes into the base branch."
      title="Gates and merging"
    >
      <SettingsForm form={form} save="Save gates and merging">
        <GateFields
          error={form.error("gates")}
          errorAt={form.errorAt}
          gates={draft.gates}
          onChange={(gates) => change({ gates })}
        />
        <TextField
          className="font-mono"
          error={form.error("setupCommand")}
          hint="Prepares a new worktree before the agent starts, as npm ci. Nothing runs if it is empty."
          label="Setup command"
          onChange={(setupCommand) => change({ setupCommand })}
          value={draft.setupCommand}
        />
        <MergeFields form={form} project={project} />
      </SettingsForm>
    </SectionPage>
  );
}

function useGatesForm(project: Project) {
  return useProjectForm(project, {
    schema,
    toDraft,
    toPatch,
    serverFields: { "settings.gates": "gates", "settings.setup_command": "setupCommand" },
  });
}

function MergeFields({ form, project }: { form: GatesForm; project: Project }) {
  const { draft, change } = form;
  return (
    <fieldset className="flex flex-col gap-3 border-t pt-4">
      <legend className="sr-only">Merging</legend>
      <h3 aria-hidden className="font-semibold">
        Merging
      </h3>
      <ChoiceField
        hint="What the merge button does at first; each merge can be another one."
        label="Merge style"
        onChange={(mergeStyle) => change({ mergeStyle })}
        value={draft.mergeStyle}
      >
        {mergeStyles.map((style) => (
          <option key={style} value={style}>
            {decisionName(style, project.default_branch)}: {styleNotes[style]}
          </option>
        ))}
      </ChoiceField>
      <TickField
        checked={draft.gatesBeforeMerge}
        hint="The base branch moves only if they pass on what it would become."
        label="Run the gates on the merged tree first"
        onChange={(gatesBeforeMerge) => change({ gatesBeforeMerge })}
      />
      <TickField
        checked={draft.runMergeHooks}
        hint="pre-merge-commit and commit-msg of the repository; one that fails stops the merge."
        label="Run the repository's hooks at a merge"
        onChange={(runMergeHooks) => change({ runMergeHooks })}
      />
    </fieldset>
  );
}

const mergeStyles: readonly MergeStyle[] = ["merge", "squash", "rebase"];
const styleNotes: Record<MergeStyle, string> = {
  merge: "all commits, and one that joins them",
  squash: "one commit with all changes",
  rebase: "the commits, replayed one by one",
};

function parseStyle(text: string): MergeStyle {
  return mergeStyles.find((style) => style === text) ?? "merge";
}

function haveOwnNames(gates: readonly { name: string }[]): boolean {
  return new Set(gates.map((one) => one.name.trim())).size === gates.length;
}

function toDraft({ settings }: Project): Draft {
  return {
    gates: settings.gates.map((one, index): GateDraft => ({
      key: String(index),
      name: one.name,
      command: one.command,
      timeoutS: String(one.timeout_s),
    })),
    setupCommand: settings.setup_command ?? "",
    mergeStyle: settings.merge_style,
    gatesBeforeMerge: settings.gates_before_merge,
    runMergeHooks: settings.run_merge_hooks,
  };
}

function toPatch(request: z.output<typeof schema>): UpdateProject {
  return {
    settings: {
      gates: request.gates.map(({ name, command, timeoutS }) => ({ name, command, timeout_s: timeoutS })),
      setup_command: request.setupCommand === "" ? null : request.setupCommand,
      merge_style: parseStyle(request.mergeStyle),
      gates_before_merge: request.gatesBeforeMerge,
      run_merge_hooks: request.runMergeHooks,
    },
  };
}
