/**
 * What the page of a replay does in the browser: draws the chosen policy, and tells its decisions.
 */

export const pageStyle = `
.numbers th:nth-child(n+2), .numbers td:nth-child(n+2) { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.numbers td:first-child { min-width: 10em; }
.choose { position: sticky; top: 0; background: var(--paper); padding: .5em 0; z-index: 2; } select { font: inherit; }
#tip { position: fixed; z-index: 3; max-width: min(26em, 80vw); padding: .5em .75em; border: 1px solid var(--faint); border-radius: 4px; background: var(--paper); box-shadow: 0 2px 8px #0004; pointer-events: none; }
@media print { .choose { position: static; } .hint, #tip { display: none; } }
`;

/** Runs in the page, with the tools of every page with charts, on `data` of html.ts. */
export const pageScript = `
const origin = data.startSeconds ?? 0;
const seconds = (minute) => origin + minute * 60;
// And the end: each value is that of the time until the next.
const times = [...data.most.map((_, step) => seconds(step * data.stepMinutes)), seconds(data.minutes)];
const untilEnd = (values) => [...values, values.at(-1)];
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const dateOf = (time) => new Date(time * 1000);
const dayOf = (time) => (data.startSeconds === null ? "day " + (1 + Math.floor(time / 86400)) : days[dateOf(time).getUTCDay()] + " " + dateOf(time).getUTCDate());
const timeText = (time) => (data.startSeconds === null ? dayOf(time) : days[dateOf(time).getUTCDay()] + " " + dateOf(time).toISOString().slice(0, 10)) + " " + clockOf(time);
const dateText = (time, parts) => dateOf(time).toLocaleDateString("en-US", { timeZone: "UTC", ...parts });
const daysWithNames = 14;
const dayText = (time, step, shown) => {
    if (data.startSeconds === null || shown <= daysWithNames * day) return dayOf(time);
    if (step >= year) return dateText(time, { year: "numeric" });
    return dateText(time, step >= month ? { month: "short", year: "numeric" } : { month: "short", day: "numeric" });
};
const tickText = (time, before) => (time % 86400 === 0 ? dayOf(time) : before === undefined || dayOf(time) !== dayOf(before) ? clockOf(time) + "\\n" + dayOf(time) : clockOf(time));
const x = {
    value: (plot, time, series, at) => (time == null ? "" : timeText(times[Math.min(at, times.length - 2)])),
    axis: (plot, ticks, axis, space, step) => ticks.map((time, at) => (step >= day ? dayText(time, step, plot.scales.x.max - plot.scales.x.min) : tickText(time, ticks[at - 1]))),
};
const digits = (plot, value) => (value == null ? "" : Number(value.toPrecision(3)).toLocaleString("en-US"));
// From its minute on, and not until it.
const held = uPlot.paths.stepped({ align: 1 });
const open = (policy) => {
    let [at, shards] = [0, 0];
    return times.map((_, step) => {
        while (at < policy.shards.length && policy.shards[at][0] <= step) shards = policy.shards[at++][1];
        return shards;
    });
};
const refused = (policy) => {
    const values = data.most.map(() => 0);
    for (const [step, shards] of policy.refused) values[step] = Math.round(shards * data.recordsPerShardSecond);
    return untilEnd(values);
};
const markOf = (plot, [minute, , from, to]) => ({ left: plot.valToPos(seconds(minute), "x"), top: plot.valToPos(Math.max(from, to), "y") });
const marks = (plot) => {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = colour("ink");
    const { min, max } = plot.scales.x;
    const seen = chosen.decisions.filter(([minute]) => seconds(minute) >= min && seconds(minute) <= max);
    // Where they are many they are small, so that the lines below them are seen.
    const half = among(1, bbox.width / ratio / seen.length / 2, 4) * ratio;
    for (const decision of seen) {
        const { left, top } = markOf(plot, decision);
        const [x, y] = [bbox.left + left * ratio, bbox.top + top * ratio - 4 * ratio];
        ctx.beginPath();
        ctx.moveTo(x - half, y);
        ctx.lineTo(x + half, y);
        ctx.lineTo(x, y + (decision[3] > decision[2] ? -1.75 : 1.75) * half);
        ctx.fill();
    }
    ctx.restore();
};
const kinds = { update: "UpdateShardCount", split: "SplitShard", merge: "MergeShards" };
const decisionCells = ([minute, kind, from, to, reason, message]) => [timeText(seconds(minute)), kinds[kind] + ", " + whole(null, from) + " to " + whole(null, to), reason, message];
const tip = document.getElementById("tip");
const reach = 12;
const pointAt = (plot) => {
    const { left, top } = plot.cursor;
    const near = left < 0 ? [] : chosen.decisions.filter((decision) => Math.abs(markOf(plot, decision).left - left) <= reach);
    const distance = (decision) => Math.abs(markOf(plot, decision).left - left);
    const nearest = near.sort((one, other) => distance(one) - distance(other))[0];
    tip.hidden = !nearest || !(plot.over.matches(":hover") || plot.root.matches(":focus-visible"));
    if (tip.hidden) return;
    tip.textContent = decisionCells(nearest).filter((text) => text !== "").join(" - ");
    const box = plot.over.getBoundingClientRect();
    tip.style.left = Math.max(8, Math.min(box.left + left + 14, innerWidth - tip.offsetWidth - 8)) + "px";
    tip.style.top = Math.min(box.top + top + 14, innerHeight - tip.offsetHeight - 8) + "px";
};
let chosen = data.policies[0];
const place = document.getElementById("charts");
const columns = () => [times, untilEnd(data.most), untilEnd(data.mean), open(chosen)];
const shown = [
    [drawChart(place, "Load and open shards", x,
        [{ ...line("most in a second (shards)", "load"), width: 1, value: digits }, { ...line("mean of " + data.stepText, "mean"), value: digits }, line("open shards", "capacity", held)],
        columns(), { draw: [marks], setCursor: [pointAt] }), columns],
    [drawChart(place, "Refused", x, [{ ...line(data.refusedText + " " + data.stepText, "refused", held), fill: () => colour("alarm") }], [times, refused(chosen)]), () => [times, refused(chosen)]],
];
const row = (tag, cells) => {
    const line = document.createElement("tr");
    line.append(...cells.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
    return line;
};
const tell = () => {
    const { decisions, decided, name, facts } = chosen;
    document.getElementById("decided").textContent = decided === 0 ? name + ": no decision changed the shards (" + facts + ")" : name + ": " + decided.toLocaleString("en-US") + (decided === 1 ? " decision" : " decisions") + (decided > decisions.length ? ", the first " + decisions.length.toLocaleString("en-US") : "") + " (" + facts + ")";
    const rows = decisions.map((decision) => row("td", decisionCells(decision)));
    document.getElementById("decisions").replaceChildren(...(decided === 0 ? [] : [row("th", ["time", "change", "reason", "what and why"]), ...rows]));
};
const choose = document.getElementById("policy");
choose.addEventListener("change", () => {
    chosen = data.policies[choose.value];
    tip.hidden = true;
    for (const [plot, newest] of shown) {
        const { min, max } = plot.scales.x;
        plot.setData(newest(), false);
        plot.setScale("x", { min, max });
    }
    tell();
});
tell();
`;
