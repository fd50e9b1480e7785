import { useCoarseNowMs, useNowMs } from "@/lib/clock";
import { formatAgo, formatElapsed, formatInstant, formatWhen } from "@/lib/format";

/** A time that counts up each second. */
export function Elapsed({ since }: { since: string }) {
  const nowMs = useNowMs();
  return <time dateTime={since}>{formatElapsed(nowMs - Date.parse(since))}</time>;
}

/** How long ago something was. */
export function Ago({ at }: { at: string }) {
  const nowMs = useCoarseNowMs();
  return (
    <time dateTime={at} title={formatInstant(at)}>
      {formatAgo(at, nowMs)}
    </time>
  );
}

/** When something was: the clock today, the day before that. */
export function When({ at }: { at: string }) {
  const nowMs = useCoarseNowMs();
  return (
    <time dateTime={at} title={formatInstant(at)}>
      {formatWhen(at, nowMs)}
    </time>
  );
}
