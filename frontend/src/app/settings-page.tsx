import { useBlocker, useCanGoBack, useLocation, useNavigate, useParams, useRouter } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useCallback, useRef } from "react";
import type { Project } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { AgentSection } from "@/features/settings/agent-section";
import { AgentsSection, type AgentTarget } from "@/features/settings/agents-section";
import { AttentionSection } from "@/features/settings/attention-section";
import { SectionPage } from "@/features/settings/components/section-page";
import { SettingsNav } from "@/features/settings/components/settings-nav";
import { GatesSection } from "@/features/settings/gates-section";
import { GeneralSection } from "@/features/settings/general-section";
import { GithubSection } from "@/features/settings/github-section";
import { UnsavedScope } from "@/features/settings/hooks/unsaved";
import { ProjectSection } from "@/features/settings/project-section";
import { RulesSection } from "@/features/settings/rules-section";
import { RunsSection } from "@/features/settings/runs-section";
import { TrustReview } from "@/features/trust/trust-review";
import { findProject, projectKey } from "@/lib/paths";
import { useKeys } from "@/lib/use-keys";
import { useIsNarrow } from "@/lib/use-media";
import { useTitle } from "@/lib/use-title";
import { MissingPage } from "./message-page";
import { RecoveryPart } from "./recovery-part";
import { settingsGroups } from "./settings-sections";
import { useShell } from "./shell-actions";

type BoardSettingsProps = { section: string };

/** The settings of this machine's board. */
export function BoardSettings({ section }: BoardSettingsProps) {
  const openAgent = useOpenAgent();
  switch (section) {
    case "general":
      return (
        <SettingsFrame>
          <GeneralSection />
        </SettingsFrame>
      );
    case "attention":
      return (
        <SettingsFrame>
          <AttentionSection />
        </SettingsFrame>
      );
    case "agents":
      return (
        <SettingsFrame>
          <AgentsSection onOpen={openAgent} />
        </SettingsFrame>
      );
    case "github":
      return (
        <SettingsFrame>
          <GithubSection />
        </SettingsFrame>
      );
    default:
      return <MissingPage />;
  }
}

/** One agent profile. */
export function AgentSettings({ target }: { target: AgentTarget }) {
  const navigate = useNavigate();
  const openAgent = useOpenAgent();
  return (
    <SettingsFrame>
      <AgentSection
        key={JSON.stringify(target)}
        onClose={() => void navigate({ to: "/settings/$section", params: { section: "agents" }, replace: true })}
        onMade={(id) => openAgent({ type: "edit", id })}
        target={target}
      />
    </SettingsFrame>
  );
}

/** The settings of one project. */
export function ProjectSettings({ projectKey: key, section }: { projectKey: string; section: string }) {
  const { projects } = useShell();
  const project = findProject(projects, key);
  if (projects.length === 0) return <SettingsFrame>{null}</SettingsFrame>;
  const page = project && projectPage(project, section);
  return page ? <SettingsFrame>{page}</SettingsFrame> : <MissingPage />;
}

function projectPage(project: Project, section: string): ReactNode {
  switch (section) {
    case "project":
      return <ProjectSection key={project.id} project={project} />;
    case "runs":
      return <RunsSection key={project.id} project={project} />;
    case "gates":
      return <GatesSection key={project.id} project={project} />;
    case "recovery":
      return <RecoveryPart key={project.id} project={project} />;
    case "rules":
      return <RulesSection key={project.id} project={project} />;
    case "trust":
      return (
        <SectionPage note={`What ${project.name} brings along that runs code once an agent works in it.`} title="Trust">
          <TrustReview key={project.id} project={project} />
        </SectionPage>
      );
    default:
      return undefined;
  }
}

function useOpenAgent() {
  const navigate = useNavigate();
  return (target: AgentTarget) => {
    const params = { agent: target.type === "edit" ? target.id : "new" };
    const copy = target.type === "copy" ? target.id : undefined;
    void navigate({ to: "/settings/agents/$agent", params, search: { copy }, replace: true });
  };
}

/** Title, list of sections, and the section; Escape goes back to where the settings were opened. */
function SettingsFrame({ children }: { children: ReactNode }) {
  const { projects } = useShell();
  const navigate = useNavigate();
  const isNarrow = useIsNarrow();
  const path = usePath(projects);
  const leave = useLeave();
  const unsaved = useUnsavedGuard();
  const open = useParams({ strict: false, select: (params) => params.project });
  const groups = settingsGroups(projects, open === undefined ? undefined : findProject(projects, open)?.id);
  const entries = groups.flatMap((group) => group.entries);
  const current = entries.find((entry) => path === entry.href || path.startsWith(`${entry.href}/`));
  useTitle("Settings · eval-kanban");
  useKeys({ Escape: leave });
  return (
    <main className="flex min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex h-12 shrink-0 items-center gap-2 border-b pr-3 pl-4 max-md:h-13 max-md:px-2">
        <Button aria-label="Back" className="md:hidden" onClick={leave} size="icon-sm" variant="ghost">
          <Icon as={ChevronLeft} size={18} />
        </Button>
        <h1 className="flex-1 text-base font-semibold tracking-[-0.01em]">Settings</h1>
        <Button className="max-md:hidden" onClick={leave} variant="ghost">
          Back<Kbd>Esc</Kbd>
        </Button>
      </header>
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        <SettingsNav
          current={current?.key ?? ""}
          groups={groups}
          isNarrow={isNarrow}
          onOpen={(entry) => void navigate({ to: entry.href, replace: true })}
        />
        <div className="min-h-0 flex-1 overflow-y-auto">
          <UnsavedScope value={unsaved.tell}>{children}</UnsavedScope>
        </div>
      </div>
      {unsaved.dialog}
    </main>
  );
}

/** The address as the sections have it: one that a project's id stands in is of the same page. */
function usePath(projects: readonly Project[]): string {
  const path = useLocation({ select: (location) => location.pathname });
  const [, root, key = ""] = path.split("/");
  const project = root === "p" ? findProject(projects, key) : undefined;
  return project ? path.replace(`/p/${key}/`, `/p/${projectKey(project, projects)}/`) : path;
}

function useLeave(): () => void {
  const router = useRouter();
  const canGoBack = useCanGoBack();
  const navigate = useNavigate();
  return () => {
    if (canGoBack) router.history.back();
    else void navigate({ to: "/" });
  };
}

/** Asks before what was typed into a form is lost. */
function useUnsavedGuard() {
  const isUnsaved = useRef(false);
  const tell = useCallback((next: boolean) => {
    isUnsaved.current = next;
  }, []);
  const blocker = useBlocker({
    // What lies over the page, as the list of what waits, leaves the form where it is.
    shouldBlockFn: ({ current, next }) => isUnsaved.current && current.pathname !== next.pathname,
    enableBeforeUnload: () => isUnsaved.current,
    withResolver: true,
  });
  const dialog =
    blocker.status === "blocked" ? (
      <ConfirmDialog
        cancelLabel="Stay"
        choices={[
          { label: "Leave without saving", variant: "destructive", run: () => Promise.resolve(blocker.proceed()) },
        ]}
        explain={() => ""}
        onClose={blocker.reset}
        title="Leave without saving?"
      >
        <p>What you changed in this form is not stored and goes.</p>
      </ConfirmDialog>
    ) : null;
  return { tell, dialog };
}
