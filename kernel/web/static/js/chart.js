// Draws the charts of a report or pivot over their server-drawn pictures, so that one can explore them.

function colour(name) {
  const probe = document.createElement("i");
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function colours() {
  return ["--t-c1", "--t-c3", "--t-c2", "--t-c4", "--t-c5", "--t-c6"].map(colour);
}

function raised(text) {
  return { backgroundColor: colour("--t-raised"), borderColor: colour("--t-line-2"), textStyle: { ...text, color: colour("--t-ink") } };
}

function pie(data, text) {
  const series = data.series[0];
  const narrow = innerWidth < 600; // no room for names beside the ring
  return {
    animation: false,
    color: colours(),
    textStyle: text,
    tooltip: { trigger: "item", renderMode: "richText", ...raised(text), formatter: (point) => `${point.name}: ${series.texts[point.dataIndex]} (${point.percent}%)` },
    legend: { show: narrow, bottom: 0, itemWidth: 8, itemHeight: 8, icon: "roundRect", textStyle: { ...text, color: colour("--t-ink-2") } },
    series: [{ type: "pie", name: series.name, radius: ["40%", narrow ? "60%" : "75%"], label: { ...text, show: !narrow, color: colour("--t-ink-2") }, itemStyle: { borderColor: colour("--t-surface"), borderWidth: 1 },
      data: data.labels.map((name, at) => ({ name, value: Math.max(series.values[at], 0) })) }],
  };
}

function options(data) {
  const text = { color: colour("--t-ink-3"), fontSize: 12, fontFamily: getComputedStyle(document.body).fontFamily };
  if (data.kind === "pie") return pie(data, text);
  const lying = data.kind === "share";
  const line = data.kind === "line" || data.kind === "area";
  const names = { type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--t-line-2") } }, axisLabel: text, inverse: lying };
  const values = { type: "value", splitNumber: 4, splitLine: { lineStyle: { color: colour("--t-line") } }, axisLabel: { ...text, formatter: (v) => new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" }).format(v) } };
  return {
    animation: false,
    color: colours(),
    textStyle: text,
    grid: { left: 8, right: 12, top: 16, bottom: data.series.length > 1 ? 36 : 8, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { show: data.series.length > 1, bottom: 0, left: 0, itemWidth: 8, itemHeight: 8, itemGap: 14, icon: "roundRect", textStyle: { ...text, color: colour("--t-ink-2") } },
    // The tooltip is drawn into the picture: as markup it would need inline styles, which the page forbids.
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: line ? "line" : "shadow" }, ...raised(text),
      formatter: (points) => [points[0].name, ...points.map((p) => `${p.seriesName}: ${data.series[p.seriesIndex].texts[p.dataIndex] ?? p.value}`)].join("\n") },
    xAxis: lying ? values : names,
    yAxis: lying ? names : values,
    series: data.series.map((series) => ({ name: series.name, data: series.values, type: line ? "line" : "bar", areaStyle: data.kind === "area" ? {} : undefined, stack: data.kind === "stacked" || data.kind === "area" ? "all" : undefined, barMaxWidth: 28, smooth: false, symbolSize: 6 })),
  };
}

for (const place of document.querySelectorAll("[data-chart]")) {
  const source = document.getElementById(place.dataset.chart);
  if (!source || !window.echarts) continue;
  const data = JSON.parse(source.textContent);
  const canvas = document.createElement("div");
  canvas.className = "chart-live";
  place.append(canvas);
  place.classList.add("live");
  const chart = window.echarts.init(canvas, null, { renderer: "svg" });
  chart.setOption(options(data));
  new ResizeObserver(() => chart.resize()).observe(place);
  new MutationObserver(() => chart.setOption(options(data))).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}
