import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { configQuery, updateConfig } from "@/api/config";
import { errorMessage } from "@/api/errors";
import type { Attention } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { playChime } from "@/lib/chime";
import { askForNotifications, notificationRight, type NotificationRight } from "@/lib/notifications";
import { TickField } from "./components/fields";
import { SectionPage, WhenLoaded } from "./components/section-page";

const edges = [
  { key: "on_approval", label: "A call or plan waits", hint: "An agent goes on only after your answer." },
  { key: "on_question", label: "A question waits", hint: "Its task stands in Blocked until then." },
  { key: "on_review", label: "Work is ready", hint: "An attempt ended and can be reviewed." },
  { key: "on_failure", label: "An attempt failed", hint: "Or reached one of its limits." },
] as const satisfies readonly { key: keyof Attention; label: string; hint: string }[];

/** How the board calls for a person. Each change counts at once. */
export function AttentionSection() {
  const config = useQuery(configQuery());
  return (
    <SectionPage
      note="Once for each task, and never for what you did yourself or have in front of you. The count in the tab is always there."
      title="Attention"
    >
      <WhenLoaded query={config}>{({ attention }) => <AttentionFields attention={attention} />}</WhenLoaded>
    </SectionPage>
  );
}

function AttentionFields({ attention }: { attention: Attention }) {
  const { change, problem } = useChangeAttention();
  return (
    <>
      <Group title="How">
        <div className="flex items-start gap-2">
          <div className="flex-1">
            <TickField
              checked={attention.sound}
              hint="A short, soft one."
              label="A sound"
              onChange={(sound) => {
                if (sound) void playChime();
                change({ ...attention, sound });
              }}
            />
          </div>
          <Button onClick={() => void playChime()} size="sm">
            Play it
          </Button>
        </div>
        <NotificationsField attention={attention} onChange={change} />
      </Group>
      <Group title="When">
        {edges.map(({ key, label, hint }) => (
          <TickField
            checked={attention[key]}
            hint={hint}
            key={key}
            label={label}
            onChange={(isOn) => change({ ...attention, [key]: isOn })}
          />
        ))}
      </Group>
      {problem ? (
        <p className="text-state-failed" role="alert">
          {problem}
        </p>
      ) : null}
    </>
  );
}

function Group({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <fieldset className="flex flex-col gap-3">
      <legend className="mb-2 text-xs font-medium text-muted-foreground">{title}</legend>
      {children}
    </fieldset>
  );
}

const rightHints: Record<NotificationRight, string> = {
  granted: "A click on one opens what waits.",
  default: "The browser asks you once whether it may.",
  denied: "This browser blocks them for this page; its own settings of the page allow them again.",
  unsupported: "This browser has none.",
};

type NotificationsFieldProps = { attention: Attention; onChange: (attention: Attention) => void };

/** The setting holds everywhere, the right for one browser only: it is asked for when somebody switches it on. */
function NotificationsField({ attention, onChange }: NotificationsFieldProps) {
  const [right, setRight] = useState(notificationRight);
  const ask = () => void askForNotifications().then(setRight);
  return (
    <div className="flex items-start gap-2">
      <div className="flex-1">
        <TickField
          checked={attention.notifications}
          hint={rightHints[right]}
          label="Notifications of the browser"
          onChange={(notifications) => {
            if (notifications && right === "default") ask();
            onChange({ ...attention, notifications });
          }}
        />
      </div>
      {attention.notifications && right === "default" ? (
        <Button onClick={ask} size="sm">
          Allow in this browser
        </Button>
      ) : null}
    </div>
  );
}

/** Shown at once, then stored; what cannot be stored goes back, with the reason. */
function useChangeAttention() {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string>();
  const { queryKey } = configQuery();
  const change = (attention: Attention) => {
    setProblem(undefined);
    const before = client.getQueryData(queryKey)?.attention;
    client.setQueryData(queryKey, (config) => config && { ...config, attention });
    updateConfig({ attention }).then(
      (config) => client.setQueryData(queryKey, config),
      (error: unknown) => {
        if (before) client.setQueryData(queryKey, (config) => config && { ...config, attention: before });
        setProblem(errorMessage(error));
      },
    );
  };
  return { change, problem };
}
