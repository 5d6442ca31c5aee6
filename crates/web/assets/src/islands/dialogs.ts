// Dialogs: `data-open="id"` opens one, `data-close` closes the one it is in, and one that the server sends with
// `data-shown` opens as it arrives. The browser gives the focus back where it was.

const show = (dialog: Element | null) => {
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
};

export function dialogs(): void {
  document.addEventListener("click", e => {
    const at = e.target instanceof Element ? e.target : null;
    const opener = at?.closest<HTMLElement>("[data-open]");
    if (opener) {
      e.preventDefault();
      show(document.getElementById(opener.dataset.open ?? ""));
    } else if (at?.closest("[data-close]")) {
      at.closest("dialog")?.close();
    } else if (at?.closest("[data-dismiss]")) {
      at.closest(".flash,.toast")?.remove();
    } else if (at?.closest("[data-print]")) {
      print();
    }
  });
  document.addEventListener("htmx:after:swap", () => show(document.querySelector("dialog[data-shown]")));
  show(document.querySelector("dialog[data-shown]"));
}
