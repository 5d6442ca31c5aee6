// The day's grid: arrow keys go from appointment to appointment, `m` moves one, a pointer drags one. The server draws
// everything and owns every word; a move is posted, and its answer redraws the grid. Until then the card only shows
// where it would go. The server may refuse or ask first (a taken time): then the card is back where it was.
import { csrf, onHtmx, say, singleKeys } from "./dom";

type Spot = { row: number; column: HTMLElement };
type Move = Spot & { card: HTMLElement };

const DRAG_PX = 5;
const GRID = "[data-day]";

const grid = () => document.querySelector<HTMLElement>(GRID);
const columns = (g: HTMLElement) => [...g.querySelectorAll<HTMLElement>("[data-column]")];
const row = (card: HTMLElement) => Number(card.dataset.row);
const span = (card: HTMLElement) => Number(card.dataset.span);
const home = (card: HTMLElement) => card.parentElement as HTMLElement;
const cardAt = (e: Event) => e.target instanceof Element ? e.target.closest<HTMLElement>(`${GRID} [data-card]`) : null;
const focus = (card: HTMLElement | undefined) => card?.querySelector<HTMLElement>("a")?.focus();

/** What the server calls this row: its labels, one a row, lie in the grid. */
const label = (g: HTMLElement, at: number) => (g.dataset.times ?? "").split("|")[at - 1] ?? "";

function place(g: HTMLElement, card: HTMLElement, to: Spot): void {
  const rows = (g.dataset.times ?? "").split("|").length;
  const at = Math.max(1, Math.min(rows - span(card) + 1, to.row));
  card.classList.replace(`r${row(card)}`, `r${at}`);
  card.dataset.row = String(at);
  if (home(card) !== to.column) to.column.append(card);
}

/** What was posted and has no answer yet. */
let pending: Move | null = null;

/** Posts the move. The answer redraws the grid, or asks (a taken time), or refuses: the card never stays on our word. */
async function post(g: HTMLElement, move: Move): Promise<void> {
  const to: Spot = { row: row(move.card), column: home(move.card) };
  if (to.row === move.row && to.column === move.column) return;
  const appointment = move.card.dataset.card ?? "";
  const values = {
    csrf: csrf(),
    appointment,
    version: move.card.dataset.version ?? "",
    time: (g.dataset.clock ?? "").split("|")[to.row - 1] ?? "",
    provider: to.column.dataset.column ?? "",
  };
  pending = move;
  await window.htmx.ajax("POST", g.dataset.move ?? "", { source: g, target: g, swap: "outerMorph", values });
  focus(grid()?.querySelector<HTMLElement>(`[data-card="${CSS.escape(appointment)}"]`) ?? undefined);
}

function putBack(): void {
  const g = grid();
  if (pending && g) place(g, pending.card, pending);
  pending = null;
}
onHtmx("htmx:after:request", ({ ctx }) => { if (ctx.sourceElement === grid()) putBack(); });
onHtmx("htmx:error", putBack);

let moving: Move | null = null;

function finish(g: HTMLElement, keep: boolean): void {
  const move = moving;
  moving = null;
  if (!move) return;
  move.card.classList.remove("moving");
  if (keep) void post(g, move);
  else {
    place(g, move.card, move);
    say(g.dataset.sayCancelled ?? "");
    focus(move.card);
  }
}

function walk(g: HTMLElement, card: HTMLElement, key: string): boolean {
  const cols = columns(g);
  const cards = (c: HTMLElement) => [...c.querySelectorAll<HTMLElement>("[data-card]")].sort((a, b) => row(a) - row(b));
  if (key === "ArrowDown" || key === "ArrowUp") {
    const all = cards(home(card));
    focus(all[all.indexOf(card) + (key === "ArrowDown" ? 1 : -1)]);
    return true;
  }
  if (key !== "ArrowRight" && key !== "ArrowLeft") return false;
  const step = key === "ArrowRight" ? 1 : -1;
  for (let i = cols.indexOf(home(card)) + step; cols[i]; i += step) {
    const near = cards(cols[i]!).sort((a, b) => Math.abs(row(a) - row(card)) - Math.abs(row(b) - row(card)))[0];
    if (near) {
      focus(near);
      break;
    }
  }
  return true;
}

function nudge(g: HTMLElement, card: HTMLElement, key: string): boolean {
  const cols = columns(g);
  const at = cols.indexOf(home(card));
  const rows = { ArrowDown: 1, ArrowUp: -1 }[key] ?? 0;
  const across = { ArrowRight: 1, ArrowLeft: -1 }[key] ?? 0;
  if (!rows && !across) return false;
  place(g, card, { row: row(card) + rows, column: cols[at + across] ?? home(card) });
  focus(card);
  say(`${label(g, row(card))}, ${home(card).getAttribute("aria-label") ?? ""}`);
  return true;
}

document.addEventListener("keydown", e => {
  const card = cardAt(e);
  const g = grid();
  if (!card || !g || e.ctrlKey || e.metaKey || e.altKey) return;
  let done = true;
  if (moving) {
    if (e.key === "Enter") finish(g, true);
    else if (e.key === "Escape") finish(g, false);
    else done = nudge(g, moving.card, e.key);
  } else if (e.key === "m" && singleKeys() && g.dataset.move) {
    moving = { card, row: row(card), column: home(card) };
    card.classList.add("moving");
    say(g.dataset.sayMoving ?? "");
  } else done = walk(g, card, e.key);
  if (done) e.preventDefault();
});

let drag: (Move & { x: number; y: number; on: boolean }) | null = null;

document.addEventListener("pointerdown", e => {
  const card = cardAt(e);
  const g = grid();
  if (!card || e.button !== 0 || !g?.dataset.move || moving) return;
  drag = { card, row: row(card), column: home(card), x: e.clientX, y: e.clientY, on: false };
});
document.addEventListener("dragstart", e => { if (cardAt(e)) e.preventDefault(); });
document.addEventListener("pointermove", e => {
  const g = grid();
  if (!drag || !g) return;
  if (!drag.on && Math.hypot(e.clientX - drag.x, e.clientY - drag.y) < DRAG_PX) return;
  drag.on = true;
  drag.card.classList.add("moving");
  const over = columns(g).find(c => {
    const b = c.getBoundingClientRect();
    return e.clientX >= b.left && e.clientX < b.right;
  });
  const rows = (g.dataset.times ?? "").split("|").length;
  const height = drag.column.getBoundingClientRect().height / rows;
  place(g, drag.card, { row: drag.row + Math.round((e.clientY - drag.y) / height), column: over ?? drag.column });
});
document.addEventListener("pointerup", () => {
  const g = grid();
  const d = drag;
  drag = null;
  if (!d?.on || !g) return;
  d.card.classList.remove("moving");
  // The click that ends a drag must not open the appointment.
  const swallow = (e: Event) => { e.preventDefault(); e.stopPropagation(); };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }));
  void post(g, d);
});
document.addEventListener("pointercancel", () => {
  const g = grid();
  if (drag && g) {
    drag.card.classList.remove("moving");
    place(g, drag.card, drag);
  }
  drag = null;
});
