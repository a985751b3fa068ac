(() => {
  const SHOWN = 500; // rows of the table; the download has them all
  const data = JSON.parse(one("#data").textContent);
  if (!data.conditions.length) return;
  one("#explorer").hidden = false;
  const strength = data.columns.findIndex((column) => column.title === "Strength");
  const state = { sort: strength < 0 ? 0 : strength + 1, down: strength >= 0 };

  const written = (value, kind) => {
    if (value === null) return "\u2013";
    if (kind === "y") return value ? "yes" : "no";
    if (Number.isInteger(value)) return value.toLocaleString("en").replace("-", "\u2212");
    return String(value).replace("-", "\u2212");
  };

  const only = one("#only");
  const choices = [["everything", () => true]];
  data.columns.forEach((column) => {
    if (column.kind !== "y") return;
    choices.push([`${column.title}: yes`, (i) => column.values[i] === 1]);
    choices.push([`${column.title}: no`, (i) => column.values[i] === 0]);
  });
  only.replaceChildren(...choices.map(([text], i) => {
    const option = make("option", text);
    option.value = i;
    return option;
  }));

  const valueOf = (i) => state.sort === 0 ? data.conditions[i] : data.columns[state.sort - 1].values[i];
  const sorted = () => {
    const text = one("#find").value.trim().toLowerCase(), keep = choices[+only.value][1];
    const rows = data.conditions.map((_, i) => i)
      .filter((i) => keep(i) && data.conditions[i].toLowerCase().includes(text));
    const sign = state.down ? -1 : 1;
    return rows.sort((a, b) => {
      const [x, y] = [valueOf(a), valueOf(b)];
      if (x === null || y === null) return (x === null) - (y === null); // what is missing stands last
      if (typeof x === "string") return sign * x.localeCompare(y, "en", { numeric: true });
      return sign * (x - y);
    });
  };

  const head = () => {
    const row = make("tr");
    ["Condition", ...data.columns.map((column) => column.title)].forEach((title, i) => {
      const cell = make("th", undefined, i ? "num" : ""), button = make("button", title);
      cell.scope = "col";
      if (i === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      button.type = "button";
      button.addEventListener("click", () => {
        state.down = state.sort === i ? !state.down : i > 0;
        state.sort = i;
        show();
        one("#rows thead").querySelectorAll("button")[i].focus();
      });
      cell.append(button);
      row.append(cell);
    });
    one("#rows thead").replaceChildren(row);
  };

  const show = () => {
    head();
    const rows = sorted();
    one("#rows tbody").replaceChildren(...rows.slice(0, SHOWN).map((i) => {
      const row = make("tr"), name = make("th", data.conditions[i]);
      name.scope = "row";
      row.append(name);
      data.columns.forEach((column) => {
        row.append(make("td", written(column.values[i], column.kind), column.kind === "y" ? "y" : "num"));
      });
      return row;
    }));
    const cut = rows.length > SHOWN ? `, the first ${SHOWN} are shown` : "";
    one("#shown").textContent = `${rows.length} of ${data.conditions.length} conditions${cut}`;
  };

  // A cell that begins like a formula would be run by a spreadsheet.
  const quoted = (text) => `"${(/^[=+\-@\t\r]/.test(text) ? "'" : "") + text.replaceAll('"', '""')}"`;
  one("#download").addEventListener("click", () => {
    const titles = ["condition", ...data.columns.map((column) => column.title)];
    const lines = [titles.map(quoted).join(",")];
    for (const i of sorted()) {
      const cells = data.columns.map((column) => column.values[i] === null ? "" : column.values[i]);
      lines.push([quoted(data.conditions[i]), ...cells].join(","));
    }
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([lines.join("\n")], { type: "text/csv" }));
    link.download = "conditions.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });

  one("#find").addEventListener("input", show);
  only.addEventListener("change", show);
  one("form.controls").addEventListener("submit", (event) => event.preventDefault());
  show();
})();
