// What the scripts share in the page. htmx puts itself on window when app.js loads it.
type SwapOptions = { source: Element; target: Element; swap: string; values: Record<string, string> };

interface HtmxDetail {
  ctx: {
    sourceElement: Element;
    request: { method: string; headers: Record<string, string>; body: FormData | URLSearchParams | null };
    response?: { status: number; headers: Headers };
  };
}

interface Window {
  htmx: { ajax(verb: string, path: string, options: SwapOptions): Promise<void> };
}

declare module "htmx.org/dist/ext/hx-csp.js";
