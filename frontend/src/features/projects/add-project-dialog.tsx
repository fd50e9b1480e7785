import { useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Project } from "@/api/generated/types";
import { createProject, projectsQuery } from "@/api/projects";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Input } from "@/components/ui/field";

type AddProjectDialogProps = { onAdded: (project: Project) => void; onClose: () => void };

/** Registers a git repository of this machine. */
export function AddProjectDialog({ onAdded, onClose }: AddProjectDialogProps) {
  const form = useAddProject(onAdded);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    void form.submit();
  };
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent
        description="The repository stays as it is: each task works in a worktree of its own."
        title="Add project"
      >
        <form onSubmit={onSubmit}>
          <DialogBody className="pb-4">
            <Field error={form.problem} hint="The absolute path of a git repository on this machine." label="Path">
              {(control) => (
                <Input
                  {...control}
                  autoComplete="off"
                  // The one field of a dialog that the user has just opened.
                  // oxlint-disable-next-line jsx-a11y/no-autofocus
                  autoFocus
                  className="font-mono text-xs"
                  onChange={(event) => form.setPath(event.target.value)}
                  placeholder="/home/me/code/shop"
                  spellCheck={false}
                  value={form.path}
                />
              )}
            </Field>
            <Field hint="The folder's name if left empty." label="Name">
              {(control) => (
                <Input {...control} onChange={(event) => form.setName(event.target.value)} value={form.name} />
              )}
            </Field>
          </DialogBody>
          <DialogFooter>
            <Button onClick={onClose}>Cancel</Button>
            <Button disabled={form.isSending} type="submit" variant="primary">
              Add project
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function useAddProject(onAdded: (project: Project) => void) {
  const client = useQueryClient();
  const [path, setPath] = useState("");
  const [name, setName] = useState("");
  const [problem, setProblem] = useState<string>();
  const [isSending, setIsSending] = useState(false);
  const submit = async () => {
    if (path.trim() === "") return setProblem("Give the path of a repository.");
    setIsSending(true);
    try {
      const project = await createProject({ path: path.trim(), ...(name.trim() ? { name: name.trim() } : {}) });
      client.setQueryData(projectsQuery().queryKey, (projects) => withProject(projects ?? [], project));
      onAdded(project);
    } catch (error) {
      setProblem(errorMessage(error));
      setIsSending(false);
    }
  };
  return { path, setPath, name, setName, problem, isSending, submit };
}

function withProject(projects: readonly Project[], project: Project): readonly Project[] {
  return [...projects.filter((other) => other.id !== project.id), project];
}
