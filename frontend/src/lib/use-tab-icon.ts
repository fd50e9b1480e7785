import { useEffect } from "react";

/** The tab's icon, with a dot while something waits for a person. */
export function useTabIcon(hasDot: boolean): void {
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    const href = hasDot ? "/favicon-needs.svg" : "/favicon.svg";
    if (link && link.getAttribute("href") !== href) link.setAttribute("href", href);
  }, [hasDot]);
}
