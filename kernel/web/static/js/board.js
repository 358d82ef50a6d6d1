// A board or a calendar: drag a record to another column or day; the server moves it or says why not.
import { refuse } from "./refuse.js";

const board = document.querySelector("[data-board]");
const says = document.querySelector("[data-board-says]");
const token = document.querySelector("meta[name=csrf-token]")?.content;

// An approval asks whom one chooses: that has a page of its own, from which one comes back here.
function ask(body) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = board.dataset.board;
  for (const [name, value] of [...body, ["csrf_token", token]]) {
    const input = form.appendChild(document.createElement("input"));
    Object.assign(input, { type: "hidden", name, value });
  }
  document.body.append(form);
  form.submit();
}

async function move(event) {
  const card = event.item;
  if (event.from === event.to) return;
  card.classList.add("busy");
  const body = new URLSearchParams({ id: card.dataset.id, version: card.dataset.version, to: event.to.dataset.lane });
  if (board.dataset.by) body.set("by", board.dataset.by);
  let answer = null;
  try {
    answer = await fetch(board.dataset.board, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token } });
  } catch { /* no connection: said below */ }
  card.classList.remove("busy");
  const said = answer ? await answer.json().catch(() => ({})) : {};
  if (answer?.ok) {
    card.dataset.version = said.version ?? card.dataset.version;
    for (const lane of said.lanes ? board.querySelectorAll("[data-lane]") : []) {
      const now = said.lanes[lane.dataset.lane] ?? { count: "0", total: "" };
      const column = lane.closest(".kcol");
      column.querySelector("[data-count]").textContent = now.count;
      column.querySelector("[data-total]").textContent = now.total;
    }
    if (said.reload) location.reload();
    return;
  }
  event.from.insertBefore(card, event.from.children[event.oldIndex] ?? null);
  if (said.code === "APPROVER_CHOICE") return ask(body);
  refuse(said.detail || said.title || board.dataset.refused, says);
}

if (board && window.Sortable) {
  for (const lane of board.querySelectorAll("[data-lane]")) {
    new window.Sortable(lane, { group: "lane", animation: 120, ghostClass: "kslot", dragClass: "kghost", filter: board.dataset.by ? "button" : "a, details, button", preventOnFilter: false, delay: 150, delayOnTouchOnly: true, onEnd: move });
  }
}
