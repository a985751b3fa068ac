(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SHOWN = 500; // rows of a table; the download has them all
  const draw = (parent, tag, attributes, text) => {
    const element = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  const capital = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);
  const written = (value, digits) => value === null ? "\u2013"
    : value.toFixed(Math.min(digits, 12)).replace(/^-(?=0*\.?0*$)/, "").replace("-", "\u2212");

  // ---- tabs
  for (const list of all("[role=tablist]")) {
    const tabs = all("[role=tab]", list);
    const panelOf = (tab) => document.getElementById(tab.getAttribute("aria-controls"));
    const select = (chosen) => tabs.forEach((tab) => {
      tab.setAttribute("aria-selected", String(tab === chosen));
      tab.tabIndex = tab === chosen ? 0 : -1;
      panelOf(tab).hidden = tab !== chosen;
    });
    tabs.forEach((tab, i) => {
      tab.addEventListener("click", () => select(tab));
      tab.addEventListener("keydown", (event) => {
        const to = { ArrowRight: i + 1, ArrowLeft: i - 1, Home: 0, End: tabs.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        const next = tabs[(to + tabs.length) % tabs.length];
        select(next);
        next.focus();
      });
    });
    list.hidden = tabs.length < 2;
    select(tabs[0]);
  }

  // ---- condition by condition
  const data = JSON.parse(one("#data").textContent);
  if (!data.blocks.length) return;
  const figure = one("#scatter"), plot = one("#scatter svg"), tip = one("#scatter .tip");
  const picks = { block: one("#pick-block"), metric: one("#pick-metric"), x: one("#pick-x"), y: one("#pick-y") };
  const state = { sort: 4, down: true, at: -1, dots: [], rows: [] };

  const fill = (select, names, chosen) => {
    select.replaceChildren(...names.map((name, i) => {
      const option = make("option", name);
      option.value = i;
      return option;
    }));
    select.value = chosen;
  };
  const chosenBlock = () => data.blocks[+picks.block.value];
  const chosenMetric = () => chosenBlock().metrics[+picks.metric.value];
  const chosenModels = () => ["x", "y"].map((axis) => chosenMetric().models[+picks[axis].value]);
  const statusOf = (model, i) => data.statuses[+model.status[i]] ?? "not run";
  const reasonOf = (model, i) => {
    const found = model.reasons.find(([row]) => row === i);
    return found ? chosenBlock().reasons[found[1]] : "";
  };

  const rowsOf = () => {
    const block = chosenBlock(), [x, y] = chosenModels();
    return block.conditions.map((name, i) => {
      const [a, b] = [x.values[i], y.values[i]];
      const statuses = [statusOf(x, i), statusOf(y, i)];
      const both = statuses[0] === statuses[1] ? statuses[0] : statuses.join(" / ");
      return { i, statuses, cells: [name, block.n_obs[i], a, b, a === null || b === null ? null : b - a, both] };
    });
  };

  const ticks = (low, high) => {
    const raw = (high - low) / 6, power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw * 0.9999);
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9)), found = [];
    for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) found.push(k * step);
    return found.map((value) => [value, written(value, digits)]);
  };

  const BOX = { left: 62, top: 12, size: 470 };
  const shorten = (name) => name.length > 44 ? name.slice(0, 43) + "\u2026" : name;

  const drawFrame = (at, low, high, metric, models) => {
    const { left, top, size } = BOX, bottom = top + size, right = left + size;
    draw(plot, "line", { class: "diagonal", x1: left, y1: bottom, x2: right, y2: top });
    const levels = metric.marks.filter(([, v]) => v >= low && v <= high).sort((a, b) => b[1] - a[1]);
    let last = -99;
    for (const [kind, value] of levels) {
      const [x, y] = at(value, value), label = Math.max(y + 4, last + 14);
      draw(plot, "line", { class: kind, x1: x, x2: x, y1: top, y2: bottom });
      draw(plot, "line", { class: kind, x1: left, x2: right, y1: y, y2: y });
      draw(plot, "text", { class: `${kind}-text`, x: right + 6, y: label }, kind);
      last = label;
    }
    draw(plot, "rect", { class: "frame", x: left, y: top, width: size, height: size });
    for (const [value, text] of ticks(low, high)) {
      const [x, y] = at(value, value);
      draw(plot, "line", { class: "axis", x1: x, x2: x, y1: bottom, y2: bottom + 5 });
      draw(plot, "line", { class: "axis", x1: left - 5, x2: left, y1: y, y2: y });
      draw(plot, "text", { x, y: bottom + 20 }, text);
      draw(plot, "text", { x: left - 9, y: y + 4 }, text).style.textAnchor = "end";
    }
    const middle = left + size / 2, height = top + size / 2;
    draw(plot, "text", { class: "name", x: middle, y: bottom + 44 }, shorten(models[0].label));
    draw(plot, "text", { class: "name", x: 14, y: height, transform: `rotate(-90 14 ${height})` }, shorten(models[1].label));
    const corner = metric.higher ? [left + 10, top + 18, "start"] : [right - 10, bottom - 10, "end"];
    draw(plot, "text", { class: "side", x: corner[0], y: corner[1] }, "vertical model better").style.textAnchor = corner[2];
  };

  const drawScatter = () => {
    const metric = chosenMetric(), models = chosenModels();
    plot.replaceChildren();
    point(-1);
    const rows = rowsOf().filter((row) => row.cells[4] !== null);
    state.dots = [];
    if (!rows.length) {
      draw(plot, "text", { x: 300, y: 260 }, "Neither model has a value that could be drawn.");
      return;
    }
    const known = rows.flatMap((row) => [row.cells[2], row.cells[3]]);
    let low = known.reduce((a, b) => Math.min(a, b)), high = known.reduce((a, b) => Math.max(a, b));
    for (const [, v] of metric.marks) {
      if (v >= low - (high - low) / 2 && v <= high + (high - low) / 2) [low, high] = [Math.min(low, v), Math.max(high, v)];
    }
    const room = 0.04 * (high - low) || Math.abs(high) * 0.1 || 1;
    [low, high] = [low - room, high + room];
    const at = (a, b) => [BOX.left + BOX.size * (a - low) / (high - low), BOX.top + BOX.size * (high - b) / (high - low)];
    drawFrame(at, low, high, metric, models);
    for (const row of rows) {
      const [x, y] = at(row.cells[2], row.cells[3]);
      const missing = row.statuses.some((s) => s === "failed" || s === "abstained");
      const hollow = row.statuses.includes("fallback");
      const dot = missing
        ? draw(plot, "path", { class: "cross", d: `M${x - 4} ${y - 4}l8 8m0-8l-8 8` })
        : draw(plot, "circle", { class: hollow ? "point hollow" : "point", cx: x, cy: y, r: 4.5 });
      state.dots.push({ row, x, y, dot });
    }
    state.dots.sort((a, b) => a.x - b.x || a.y - b.y);
  };

  const point = (k) => {
    state.dots[state.at]?.dot.classList.remove("on");
    for (const lit of all("tr.lit")) lit.classList.remove("lit");
    state.at = k;
    const chosen = state.dots[k];
    tip.hidden = !chosen;
    if (!chosen) return;
    chosen.dot.classList.add("on");
    one(`#rows tr[data-i="${chosen.row.i}"]`)?.classList.add("lit");
    const metric = chosenMetric(), block = chosenBlock(), models = chosenModels(), i = chosen.row.i;
    const said = [...new Set(models.map((model) => reasonOf(model, i)).filter(Boolean))];
    tip.replaceChildren(
      make("b", block.conditions[i]),
      ...models.map((model, a) => make("span", `${model.label}: ${written(chosen.row.cells[2 + a], metric.digits)} (${chosen.row.statuses[a]})`)),
      make("span", `${block.n_obs[i].toLocaleString("en")} held-out ${block.observation}`),
      ...said.map((text) => make("span", text)),
    );
    const scale = plot.clientWidth / 600, left = chosen.x * scale + 14;
    const flip = left + tip.offsetWidth > figure.clientWidth;
    tip.style.left = `${Math.max(0, flip ? left - tip.offsetWidth - 28 : left)}px`;
    tip.style.top = `${Math.max(0, chosen.y * scale - tip.offsetHeight - 8)}px`;
  };

  plot.addEventListener("pointermove", (event) => {
    const box = plot.getBoundingClientRect(), scale = 600 / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    let best = -1, nearest = 20 ** 2;
    state.dots.forEach((dot, k) => {
      const distance = (dot.x - x) ** 2 + (dot.y - y) ** 2;
      if (distance < nearest) [best, nearest] = [k, distance];
    });
    if (best !== state.at) point(best);
  });
  plot.addEventListener("pointerleave", () => point(-1));
  plot.addEventListener("blur", () => point(-1));
  plot.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (event.key === "Escape") point(-1);
    if (!step || !state.dots.length) return;
    event.preventDefault();
    point((state.at + step + state.dots.length) % state.dots.length);
  });

  const compare = (a, b) => {
    const [u, v] = [a.cells[state.sort], b.cells[state.sort]];
    if (u === null || v === null) return (u === null) - (v === null); // missing last, both ways
    const order = typeof u === "number" ? u - v : u.localeCompare(v, "en", { numeric: true });
    return state.down ? -order : order;
  };

  const drawTable = () => {
    const metric = chosenMetric(), models = chosenModels();
    const names = ["Condition", capital(chosenBlock().observation), models[0].label, models[1].label, "Difference", "Status"];
    const head = make("tr");
    names.forEach((name, column) => {
      const cell = make("th", undefined, column > 0 && column < 5 ? "num" : "");
      const button = make("button", name);
      button.type = "button";
      cell.scope = "col";
      if (column === state.sort) cell.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      button.addEventListener("click", () => {
        state.down = state.sort === column ? !state.down : column > 0 && column < 5;
        state.sort = column;
        drawTable();
        one(`#rows thead th:nth-child(${column + 1}) button`).focus();
      });
      cell.append(button);
      head.append(cell);
    });
    one("#rows thead").replaceChildren(head);
    const rows = rowsOf().sort(compare);
    one("#rows tbody").replaceChildren(...rows.slice(0, SHOWN).map((row) => {
      const line = make("tr");
      line.dataset.i = row.i;
      row.cells.forEach((value, column) => {
        const number = column > 1 && column < 5;
        const text = number ? written(value, metric.digits) : column === 1 ? value.toLocaleString("en") : value;
        const cell = make(column ? "td" : "th", text, column > 0 && column < 5 ? "num" : "");
        if (!column) cell.scope = "row";
        line.append(cell);
      });
      line.addEventListener("pointerenter", () => point(state.dots.findIndex((dot) => dot.row.i === row.i)));
      line.addEventListener("pointerleave", () => point(-1));
      return line;
    }));
    one("#shown").textContent = rows.length > SHOWN
      ? `The first ${SHOWN} of ${rows.length.toLocaleString("en")} conditions; the download has all.` : "";
    const sign = (row) => row.cells[4] === null ? null : Math.sign(row.cells[4]) * (metric.higher ? 1 : -1);
    const counted = (wanted) => rows.filter((row) => sign(row) === wanted).length;
    const missing = counted(null);
    one("#tally").textContent = `${models[1].label} is better than ${models[0].label} on ${counted(1)} of `
      + `${rows.length - missing} conditions, worse on ${counted(-1)}, equal on ${counted(0)}`
      + `${missing ? `; ${missing} have no value` : ""}. A count, not a test.`;
  };

  // ---- download: a cell that a spreadsheet could take for a formula is quoted
  const field = (value) => {
    if (typeof value === "number") return String(value);
    const text = value === null ? "" : String(value);
    return `"${(/^[=+\-@\t\r]/.test(text) ? "'" + text : text).replaceAll('"', '""')}"`;
  };
  one("#download").addEventListener("click", () => {
    const block = chosenBlock(), metric = chosenMetric();
    const lines = [["dataset", "split", "metric", "model", "condition", "context", "n_obs", "value", "status", "reason"]];
    for (const model of metric.models) {
      block.conditions.forEach((name, i) => lines.push([block.dataset, block.split, metric.name, model.label,
        name, block.contexts[i], block.n_obs[i], model.values[i], statusOf(model, i), reasonOf(model, i)]));
    }
    const text = lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    link.download = `${block.dataset}-${block.split}-${metric.name}.csv`.replace(/[^\w.-]+/g, "_");
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  });

  const show = () => { drawScatter(); drawTable(); };
  const pickModels = () => {
    const metric = chosenMetric(), labels = metric.models.map((model) => model.label);
    fill(picks.x, labels, metric.x);
    fill(picks.y, labels, metric.y);
    [state.sort, state.down] = [4, metric.higher];
    show();
  };
  const pickMetrics = () => {
    fill(picks.metric, chosenBlock().metrics.map((metric) => metric.name), 0);
    pickModels();
  };
  picks.block.addEventListener("change", pickMetrics);
  picks.metric.addEventListener("change", pickModels);
  picks.x.addEventListener("change", show);
  picks.y.addEventListener("change", show);
  one("#swap").addEventListener("click", () => {
    [picks.x.value, picks.y.value] = [picks.y.value, picks.x.value];
    show();
  });
  one("#explorer").hidden = false;
  fill(picks.block, data.blocks.map((block) => block.name), 0);
  pickMetrics();
})();
