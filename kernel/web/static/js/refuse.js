// Says for a while why something was refused, to the eyes and to a screen reader's status region.
export function refuse(text, says) {
  says.textContent = text;
  const toast = document.createElement("div");
  toast.className = "toast-t refused";
  toast.textContent = text;
  document.body.append(toast);
  setTimeout(() => toast.remove(), 7000);
}
