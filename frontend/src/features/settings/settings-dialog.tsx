import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type SyntheticEvent, useState } from "react";
import { configQuery, updateConfig } from "@/api/config";
import { errorMessage } from "@/api/errors";
import type { Config } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Input, Textarea } from "@/components/ui/field";
import { Segmented } from "@/components/ui/segmented";
import { Skeleton } from "@/components/ui/skeleton";
import { useThemeChoice } from "@/lib/theme";
import { useChooseTheme } from "./use-theme-sync";

const themes = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "System" },
] as const;

/** The settings that concern everything: how it looks, and how this machine's server works. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const config = useQuery(configQuery());
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent title="Settings">
        <DialogBody className="pb-4">
          <ThemeField />
          {config.isError ? (
            <p className="text-state-failed" role="alert">
              {errorMessage(config.error)}
            </p>
          ) : null}
          {config.isPending ? <Skeleton className="w-1/2" /> : null}
        </DialogBody>
        {config.data ? <ConfigForm config={config.data} onClose={onClose} /> : null}
      </DialogContent>
    </Dialog>
  );
}

function ThemeField() {
  const choice = useThemeChoice();
  const choose = useChooseTheme();
  return (
    <div className="flex flex-col gap-1">
      <span className="text-xs font-medium text-muted-foreground">Theme</span>
      <Segmented label="Theme" onChange={choose} options={themes} value={choice} />
    </div>
  );
}

type ConfigDraft = { appendPrompt: string; branchPrefix: string; editor: string; maxParallel: string };

function ConfigForm({ config, onClose }: { config: Config; onClose: () => void }) {
  const form = useConfigForm(config, onClose);
  const onSubmit = (event: SyntheticEvent) => {
    event.preventDefault();
    void form.submit();
  };
  return (
    <form className="flex min-h-0 flex-col" onSubmit={onSubmit}>
      <DialogBody className="pb-4">
        <ConfigFields change={form.change} draft={form.draft} />
        {form.problem ? (
          <p className="text-state-failed" role="alert">
            {form.problem}
          </p>
        ) : null}
      </DialogBody>
      <DialogFooter>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary">
          Save settings
        </Button>
      </DialogFooter>
    </form>
  );
}

function useConfigForm(config: Config, onClose: () => void) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string>();
  const [draft, setDraft] = useState<ConfigDraft>({
    appendPrompt: config.append_prompt,
    branchPrefix: config.branch_prefix,
    editor: config.editor,
    maxParallel: String(config.limits.max_parallel),
  });
  const submit = async () => {
    const maxParallel = Number(draft.maxParallel);
    if (!Number.isInteger(maxParallel) || maxParallel < 1)
      return setProblem("Agents at once: a whole number, 1 or more.");
    try {
      const saved = await updateConfig({
        append_prompt: draft.appendPrompt,
        branch_prefix: draft.branchPrefix.trim(),
        editor: draft.editor.trim(),
        limits: { ...config.limits, max_parallel: maxParallel },
      });
      client.setQueryData(configQuery().queryKey, saved);
      onClose();
    } catch (error) {
      setProblem(errorMessage(error));
    }
  };
  return { draft, problem, submit, change: (part: Partial<ConfigDraft>) => setDraft({ ...draft, ...part }) };
}

function ConfigFields({ draft, change }: { draft: ConfigDraft; change: (part: Partial<ConfigDraft>) => void }) {
  return (
    <>
      <Field hint="Over all projects; each project has its own number besides." label="Agents at once">
        {(control) => (
          <Input
            {...control}
            className="w-20"
            inputMode="numeric"
            onChange={(event) => change({ maxParallel: event.target.value })}
            value={draft.maxParallel}
          />
        )}
      </Field>
      <Field hint="A task's branch is this, a slash and the task's name." label="Branch prefix">
        {(control) => (
          <Input
            {...control}
            onChange={(event) => change({ branchPrefix: event.target.value })}
            value={draft.branchPrefix}
          />
        )}
      </Field>
      <Field hint="The command that opens a folder, as `code`." label="Editor">
        {(control) => (
          <Input {...control} onChange={(event) => change({ editor: event.target.value })} value={draft.editor} />
        )}
      </Field>
      <Field hint="Stands at the end of every agent's prompt." label="Added to every prompt">
        {(control) => (
          <Textarea
            {...control}
            className="max-h-48"
            onChange={(event) => change({ appendPrompt: event.target.value })}
            value={draft.appendPrompt}
          />
        )}
      </Field>
    </>
  );
}
