import { useQuery } from "@tanstack/react-query";
import { Outlet, useMatch, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import * as z from "zod/mini";
import { countByProject } from "@/api/asks";
import type { ProjectId } from "@/api/generated/types";
import { projectsQuery } from "@/api/projects";
import { useIsRefused } from "@/api/session";
import { Rail } from "@/features/projects/rail";
import { useThemeSync } from "@/features/settings/use-theme-sync";
import { findProject, projectKey } from "@/lib/paths";
import { readStored, writeStored } from "@/lib/storage";
import { useKeys } from "@/lib/use-keys";
import { useMedia } from "@/lib/use-media";
import { AttentionCenter } from "./attention";
import { UnauthorizedPage } from "./message-page";
import { RailFoot } from "./rail-foot";
import { ShellActions, type ShellDialog } from "./shell-actions";
import { useNeeds } from "./use-needs";
import { useOpenSettings } from "./use-open-settings";

const AddProjectDialog = lazy(async () => ({
  default: (await import("@/features/projects/add-project-dialog")).AddProjectDialog,
}));
const NeedsDialog = lazy(() => import("./needs-dialog"));
const ShortcutsDialog = lazy(async () => ({
  default: (await import("@/features/settings/shortcuts-dialog")).ShortcutsDialog,
}));

/** The frame of every page: rail, page, and the dialogs that belong to no page. */
export function Shell() {
  const [dialog, setDialog] = useState<ShellDialog>("none");
  const projects = useQuery(projectsQuery()).data ?? [];
  const rail = useRail();
  const navigate = useNavigate();
  const key = useProjectKey();
  const open = key === undefined ? undefined : findProject(projects, key);
  const { asks, isOpen: isNeedsOpen } = useNeeds();
  const keyOf = (id: ProjectId) => {
    const found = projects.find((project) => project.id === id);
    return found ? projectKey(found, projects) : id;
  };
  const openSettings = useOpenSettings();
  useThemeSync();
  useKeys({ "Shift+?": () => setDialog("shortcuts") });
  if (useIsRefused()) return <UnauthorizedPage />;
  return (
    <ShellActions value={{ projects, openDialog: setDialog, keyOf }}>
      <div className="flex h-dvh">
        <Rail
          foot={open ? <RailFoot projectId={open.id} /> : null}
          href={(project) => `/p/${projectKey(project, projects)}`}
          isSlim={rail.isSlim}
          needs={countByProject(asks)}
          onAdd={() => setDialog("add_project")}
          onOpen={(project) => void navigate({ to: "/p/$project", params: { project: projectKey(project, projects) } })}
          onSettings={openSettings}
          onShortcuts={() => setDialog("shortcuts")}
          onSlim={rail.choose}
          openId={open?.id}
          projects={projects}
        />
        <Outlet />
      </div>
      <AttentionCenter project={open} />
      <Suspense fallback={null}>
        {isNeedsOpen ? <NeedsDialog project={open} /> : null}
        <ShellDialogs dialog={dialog} onClose={() => setDialog("none")} />
      </Suspense>
    </ShellActions>
  );
}

/** The project that the address names: its board, or its settings. */
function useProjectKey(): string | undefined {
  const board = useMatch({ from: "/p/$project", shouldThrow: false })?.params.project;
  const settings = useMatch({ from: "/p/$project/settings/$section", shouldThrow: false })?.params.project;
  return board ?? settings;
}

function ShellDialogs({ dialog, onClose }: { dialog: ShellDialog; onClose: () => void }) {
  const navigate = useNavigate();
  switch (dialog) {
    case "none":
      return null;
    case "shortcuts":
      return <ShortcutsDialog onClose={onClose} />;
    case "add_project":
      return (
        <AddProjectDialog
          onAdded={(project) => {
            onClose();
            void navigate({ to: "/p/$project", params: { project: project.id } });
          }}
          onClose={onClose}
        />
      );
  }
}

const railChoice = z.enum(["wide", "slim"]);

/** The rail's width: what the user chose, else what the window has room for. */
function useRail() {
  const hasRoom = useMedia("(width >= 80rem)");
  const [choice, setChoice] = useState(() => readStored("rail", railChoice));
  const choose = (isSlim: boolean) => {
    const next = isSlim ? "slim" : "wide";
    writeStored("rail", next);
    setChoice(next);
  };
  return { isSlim: choice ? choice === "slim" : !hasRoom, choose };
}
