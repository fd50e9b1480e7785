import { useQueryClient } from "@tanstack/react-query";
import * as z from "zod/mini";
import type { Project, UpdateProject } from "@/api/generated/types";
import { projectsQuery, updateProject } from "@/api/projects";
import { ChoiceField, LongField, TextField } from "./components/fields";
import { SectionPage } from "./components/section-page";
import { SettingsForm } from "./components/settings-form";
import { useForm } from "./hooks/use-form";
import { required } from "./parse";

const schema = z.object({
  name: required("A project needs a name."),
  defaultBranch: required("Attempts need a branch to start from."),
  board: z.string(),
  notes: z.string(),
});

type Draft = z.input<typeof schema>;

/** What a project is, and what every agent of it is told. */
export function ProjectSection({ project }: { project: Project }) {
  const form = useProjectForm(project, { schema, toDraft, toPatch });
  const { draft, change, error } = form;
  return (
    <SectionPage note={<code>{project.path}</code>} title="Project">
      <SettingsForm form={form} save="Save project">
        <TextField error={error("name")} label="Name" onChange={(name) => change({ name })} value={draft.name} />
        <TextField
          className="font-mono"
          error={error("defaultBranch")}
          hint="Attempts start from it and are merged into it."
          label="Default branch"
          onChange={(defaultBranch) => change({ defaultBranch })}
          value={draft.defaultBranch}
        />
        <ChoiceField
          hint="What the plain board does not show stands in the column beside it, with a mark."
          label="Columns"
          onChange={(board) => change({ board })}
          value={draft.board}
        >
          <option value="plain">Plain: To Do, In Progress, Review, Done</option>
          <option value="prd">PRD: Backlog, PRD Review, To Do, In Progress, Blocked, Review, Done</option>
        </ChoiceField>
        <LongField
          hint="Markdown. Every agent of the project gets it before its task."
          label="Notes for agents"
          onChange={(notes) => change({ notes })}
          value={draft.notes}
        />
      </SettingsForm>
    </SectionPage>
  );
}

type ProjectForm<Shape extends object, Request> = {
  schema: z.ZodMiniType<Request, Shape>;
  toDraft: (project: Project) => Shape;
  toPatch: (request: Request) => UpdateProject;
  serverFields?: Readonly<Record<string, keyof Shape & string>>;
};

/** A form over a part of a project. */
export function useProjectForm<Shape extends object, Request>(project: Project, parts: ProjectForm<Shape, Request>) {
  const client = useQueryClient();
  return useForm({
    initial: parts.toDraft(project),
    schema: parts.schema,
    ...(parts.serverFields ? { serverFields: parts.serverFields } : {}),
    save: async (request) => {
      const saved = await updateProject(project.id, parts.toPatch(request));
      client.setQueryData(projectsQuery().queryKey, (projects) =>
        projects?.map((other) => (other.id === saved.id ? saved : other)),
      );
      return { draft: parts.toDraft(saved) };
    },
  });
}

function toDraft(project: Project): Draft {
  return {
    name: project.name,
    defaultBranch: project.default_branch,
    board: project.board,
    notes: project.settings.notes,
  };
}

function toPatch(request: z.output<typeof schema>): UpdateProject {
  return {
    name: request.name.trim(),
    default_branch: request.defaultBranch,
    board: request.board === "prd" ? "prd" : "plain",
    settings: { notes: request.notes },
  };
}
