import { useQuery, useQueryClient } from "@tanstack/react-query";
import * as z from "zod/mini";
import { configQuery, updateConfig } from "@/api/config";
import type { Config, ConfigPatch } from "@/api/generated/types";
import { ModeField } from "@/components/mode-field";
import { Segmented } from "@/components/ui/segmented";
import { parseMode } from "@/lib/modes";
import { useThemeChoice } from "@/lib/theme";
import { LongField, NumberField, TextField } from "./components/fields";
import { SectionPage, WhenLoaded } from "./components/section-page";
import { SettingsForm } from "./components/settings-form";
import { useForm } from "./hooks/use-form";
import { trimmed, wholeNumber } from "./parse";
import { useChooseTheme } from "./use-theme-sync";

const themes = [
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
  { value: "system", label: "System" },
] as const;

const schema = z.object({
  mode: z.string(),
  maxParallel: wholeNumber(1, 64),
  branchPrefix: z.string().check(z.regex(/^[A-Za-z0-9._/-]{1,40}$/, "1 to 40 letters, digits or . _ - and /, as ek.")),
  port: wholeNumber(1, 65_535),
  editor: trimmed,
  appendPrompt: z.string(),
});

type Draft = z.input<typeof schema>;

/** What concerns everything on this machine: how it looks, and how its server works. */
export function GeneralSection() {
  const config = useQuery(configQuery());
  return (
    <SectionPage note="For every project on this machine." title="General">
      <ThemeField />
      <WhenLoaded query={config}>{(loaded) => <ConfigForm config={loaded} />}</WhenLoaded>
    </SectionPage>
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

function ConfigForm({ config }: { config: Config }) {
  const form = useConfigForm(config);
  const { draft, change, error } = form;
  return (
    <SettingsForm form={form} save="Save settings">
      <ModeField
        fallback={{ label: "What each profile says", hint: "Every agent profile has its own mode." }}
        label="Approval mode"
        onChange={(mode) => change({ mode })}
        value={draft.mode}
      />
      <NumberField
        error={error("maxParallel")}
        hint="Over all projects; each project has its own number besides."
        label="Agents at once"
        onChange={(maxParallel) => change({ maxParallel })}
        value={draft.maxParallel}
      />
      <LongField
        hint="Stands at the end of every agent's prompt."
        label="Added to every prompt"
        onChange={(appendPrompt) => change({ appendPrompt })}
        value={draft.appendPrompt}
      />
      <TextField
        error={error("branchPrefix")}
        hint={`A task's branch is this, a slash and the task's name: ${draft.branchPrefix || "…"}/fix-the-cart`}
        label="Branch prefix"
        onChange={(branchPrefix) => change({ branchPrefix })}
        value={draft.branchPrefix}
      />
      <NumberField
        error={error("port")}
        hint="The board listens here from its next start on."
        label="Port"
        onChange={(port) => change({ port })}
        value={draft.port}
      />
      <TextField
        hint="The command that opens a folder, as code."
        label="Editor"
        onChange={(editor) => change({ editor })}
        value={draft.editor}
      />
    </SettingsForm>
  );
}

function useConfigForm(config: Config) {
  const client = useQueryClient();
  return useForm({
    initial: toDraft(config),
    schema,
    save: async (request) => {
      const saved = await updateConfig(toPatch(request, config));
      client.setQueryData(configQuery().queryKey, saved);
      return { draft: toDraft(saved) };
    },
  });
}

function toDraft(config: Config): Draft {
  return {
    mode: config.approval_mode ?? "",
    maxParallel: String(config.limits.max_parallel),
    branchPrefix: config.branch_prefix,
    port: String(config.port),
    editor: config.editor,
    appendPrompt: config.append_prompt,
  };
}

function toPatch(request: z.output<typeof schema>, config: Config): ConfigPatch {
  return {
    approval_mode: parseMode(request.mode) ?? "profile",
    append_prompt: request.appendPrompt,
    branch_prefix: request.branchPrefix,
    port: request.port,
    editor: request.editor,
    limits: { ...config.limits, max_parallel: request.maxParallel },
  };
}
