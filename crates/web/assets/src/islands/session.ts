// The session's clock. Everything here is advice to the person: the server alone decides when a session is locked.
// The page stays where it is under the lock, at the same address, with everything that was typed.
import { csrf, onHtmx, singleKeys, typing } from "../dom";

const WARN_MS = 60_000;
const SIGN_IN = "/sign-in";

/** Tabs of one browser share a session, so they share its clock. */
const channel = () => new BroadcastChannel("session");

/** The sign-in form is shown where no session is: what other tabs still show is over, and may not stay on the screen. */
export function over(): void {
  if (document.querySelector(`form[action="${SIGN_IN}"]`)) channel().postMessage("over");
}

export function session(): void {
  const clock = document.getElementById("session");
  const warning = document.getElementById("lock-warning") as HTMLDialogElement | null;
  const screen = document.getElementById("lock-screen") as HTMLDialogElement | null;
  if (!clock || !warning || !screen) return;

  const tabs = channel();
  const left = clock.querySelector("[data-left]");
  const countdown = warning.querySelector("[data-left]");
  let ends = Date.now() + Number(clock.dataset.locksIn) * 1000;

  const extend = (seconds: number) => {
    ends = Date.now() + seconds * 1000;
    tick();
  };

  const cover = () => {
    if (screen.open) return;
    document.documentElement.dataset.locked = "";
    warning.close();
    screen.showModal();
  };

  const uncover = () => {
    delete document.documentElement.dataset.locked;
    screen.close();
    screen.querySelector("form")?.reset();
  };

  const lock = () => {
    cover();
    tabs.postMessage("lock");
    void fetch(clock.dataset.lock ?? "", { method: "POST", headers: { "X-CSRF-Token": csrf() }, keepalive: true }).catch(() => undefined);
  };

  const tick = () => {
    const ms = ends - Date.now();
    const text = ms >= WARN_MS ? `${Math.ceil(ms / 60_000)} min` : `${Math.max(0, Math.ceil(ms / 1000))} s`;
    if (left && left.textContent !== text) left.textContent = text;
    if (screen.open) return;
    if (ms <= 0) lock();
    else if (ms <= WARN_MS) {
      if (countdown) countdown.textContent = text;
      if (!warning.open) warning.showModal();
    } else if (warning.open) warning.close();
  };

  // Only the server's own word extends the time; a poll carries no such header.
  onHtmx("htmx:before:response", ({ ctx }, e) => {
    const seconds = ctx.response?.headers.get("Wellkept-Locks-In");
    if (seconds) {
      extend(Number(seconds));
      tabs.postMessage(Number(seconds));
    }
    if (ctx.response?.status === 423) {
      e.preventDefault();
      cover();
    }
  });

  // The server answers a good unlock with `HX-Trigger: session:unlocked`; its new token, if any, replaces the old one.
  onHtmx("htmx:before:response", ({ ctx }) => {
    const token = ctx.response?.headers.get("Wellkept-CSRF");
    if (!token) return;
    document.querySelector("meta[name=csrf]")?.setAttribute("content", token);
    for (const field of document.querySelectorAll<HTMLInputElement>("input[name=csrf]")) field.value = token;
  });
  document.addEventListener("session:unlocked", () => {
    uncover();
    tabs.postMessage("unlock");
  });

  tabs.addEventListener("message", ({ data }) => {
    if (data === "lock") cover();
    else if (data === "unlock") uncover();
    else if (data === "over") location.replace(SIGN_IN);
    else if (typeof data === "number") extend(data);
  });
  screen.addEventListener("cancel", e => e.preventDefault());
  document.addEventListener("click", e => {
    if (e.target instanceof Element && e.target.closest("[data-lock-now]")) lock();
  });
  document.addEventListener("keydown", e => {
    if (e.key === "l" && singleKeys() && !typing(e)) lock();
  });
  // A laptop that slept runs no timers: look again when it wakes.
  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
  tick();
}
