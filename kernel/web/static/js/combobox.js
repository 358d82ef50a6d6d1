// Link pickers: a select with its first options becomes a field that searches as one types.

function dress(select) {
  if (!window.TomSelect || select.tomselect || select.closest("tr.spare")) return;
  const address = select.dataset.options;
  const label = select.getAttribute("aria-label") || select.getRootNode().querySelector(`label[for="${CSS.escape(select.id)}"]`)?.textContent.replace("*", "").trim();
  const picker = new window.TomSelect(select, {
    plugins: select.multiple ? { remove_button: { title: select.dataset.remove } } : {},
    valueField: "value",
    labelField: "label",
    searchField: ["label", "note"],
    maxOptions: 50,
    closeAfterSelect: true,
    allowEmptyOption: false,
    placeholder: "–",
    dropdownParent: "body",
    preload: "focus",
    loadThrottle: 150,
    load: address ? function load(query, done) {
      fetch(`${address}${address.includes("?") ? "&" : "?"}q=${encodeURIComponent(query)}`, { headers: { Accept: "application/json" } })
        .then((answer) => (answer.ok ? answer.json() : []))
        .then((found) => {
          done(found);
          // An answer that comes after something was chosen must not open the list again.
          if (this.isOpen && this.items.length && !this.control_input.value) this.close(false);
        }, () => done());
    } : undefined,
    render: {
      option: (data, escape) => `<div><span>${escape(data.label || data.text || "–")}</span>${data.note ? `<small>${escape(data.note)}</small>` : ""}</div>`,
      item: (data, escape) => `<div>${escape(data.label || data.text || "–")}</div>`,
      no_results: () => null,
    },
  });
  // A click into the field that one types in leaves its list open.
  picker.hook("instead", "onClick", () => {
    if (picker.activeItems.length) picker.clearActiveItems();
    picker.focus();
  });
  // The select stays as the value's holder only; the field in its place carries the name.
  select.setAttribute("aria-hidden", "true");
  if (label) picker.control_input.setAttribute("aria-label", label);
}

// Tags: chips in their colours, found by typing, taken off by backspace; a name there is not yet may be made.
function dressTags(select) {
  if (!window.TomSelect || select.tomselect) return;
  const label = select.getAttribute("aria-label") || select.getRootNode().querySelector(`label[for="${CSS.escape(select.id)}"]`)?.textContent.trim();
  const chip = (data, escape) => `<span class="tag ${escape(data.tone && data.tone !== "gray" ? data.tone : "")}">${escape(data.label || data.text)}</span>`;
  const make = select.dataset.create;
  const picker = new window.TomSelect(select, {
    valueField: "value",
    labelField: "text",
    searchField: ["text"],
    maxOptions: 200,
    hideSelected: true,
    closeAfterSelect: false,
    refreshThrottle: 0,
    highlight: false,
    placeholder: select.dataset.empty || "–",
    dropdownParent: select.closest(".pop") ? null : "body",
    create: make ? (text) => (/[,，、;；]/.test(text) ? false : { value: `+${text.trim()}`, text: text.trim() }) : false,
    createFilter: (text) => text.trim().length > 0 && text.trim().length <= 60 && !/^[#+]/.test(text.trim()),
    plugins: { remove_button: { title: select.dataset.remove || "" } },
    render: {
      option: (data, escape) => `<div>${chip(data, escape)}</div>`,
      item: (data, escape) => `<div>${chip(data, escape)}</div>`,
      option_create: (data, escape) => `<div class="create">${escape(make)} <strong>${escape(data.input)}</strong></div>`,
      no_results: () => null,
    },
  });
  picker.on("item_add", () => picker.setTextboxValue(""));
  select.setAttribute("aria-hidden", "true");
  if (label) picker.control_input.setAttribute("aria-label", label);
}

// Each picker asks for a computed style, which would lay the whole page out anew: many are dressed beside the page.
function dressBeside(part) {
  if (part.contains(document.activeElement)) return;
  const { parentNode, nextSibling } = part;
  part.remove();
  for (const select of part.querySelectorAll("select[data-options]")) dress(select);
  parentNode.insertBefore(part, nextSibling);
}

function every(root) {
  for (const part of root.querySelectorAll(":is(tbody, .fld):has(select[data-options])")) dressBeside(part);
  for (const select of root.querySelectorAll("select[data-options]")) dress(select);
  for (const select of root.querySelectorAll("select[data-tags]")) dressTags(select);
}

document.addEventListener("fields:added", (event) => every(event.detail));
every(document);
