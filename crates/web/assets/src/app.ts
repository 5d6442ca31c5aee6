// The script of every page: htmx under the page's policy, and the session's clock.
// The order matters: hx-csp finds the htmx that the first import puts on window.
import "htmx.org";
import "htmx.org/dist/ext/hx-csp.js";
import { csrf, onHtmx } from "./dom";
import { dialogs } from "./islands/dialogs";
import { over, session } from "./islands/session";

onHtmx("htmx:config:request", ({ ctx }) => {
  if (ctx.request.method !== "GET") ctx.request.headers["X-CSRF-Token"] = csrf();
});

// A server that does not answer: say so and leave what was typed alone.
const offline = (gone: boolean) => document.getElementById("offline")?.toggleAttribute("hidden", !gone);
onHtmx("htmx:error", ({ ctx }) => { if (ctx && !ctx.response) offline(true); });
onHtmx("htmx:before:response", () => offline(false));

dialogs();
over();
session();
