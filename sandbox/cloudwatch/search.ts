/**
 * Search expressions: `{AWS/Kinesis,StreamName,ShardId} MetricName="IncomingBytes" StreamName="orders"`, the form that dashboards use.
 */
import { validationError } from "./errors";
import { hasExactly, type MetricIdentity, type MetricStore } from "./store";

/** The metrics with data since a time that a search expression finds. */
export function searchMetrics(expression: string, store: MetricStore, sinceMs: number): MetricIdentity[] {
    const { namespace, schema, terms } = parseSearch(expression);
    return store.list({ namespace, sinceMs }).filter((metric) => {
        if (!hasExactly(metric.dimensions, schema)) return false;
        return terms.every(({ property, value }) => {
            if (property === "MetricName") return metric.metricName === value;
            if (property !== undefined) return metric.dimensions[property] === value;
            return [metric.metricName, ...Object.values(metric.dimensions)].some((each) => each.includes(value));
        });
    });
}

interface Search {
    readonly namespace: string | undefined;
    readonly schema: readonly string[] | undefined;
    readonly terms: readonly { readonly property?: string; readonly value: string }[];
}

function parseSearch(expression: string): Search {
    const braces = /^\s*\{([^}]*)\}/.exec(expression);
    const names = braces?.[1]?.split(",").map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
    const terms: { property?: string; value: string }[] = [];
    let namespace = names?.[0];
    const rest = expression.slice(braces?.[0].length ?? 0);
    const term = /\s*(?:AND\s+)?(?:(\w+)\s*=\s*)?(?:"([^"]*)"|([^\s"=(){}]+))/y;
    while (term.lastIndex < rest.trimEnd().length) {
        const at = term.lastIndex;
        const found = term.exec(rest);
        if (!found || ["OR", "NOT"].includes(found[3] ?? "")) {
            throw validationError(
                `The sandbox reads no such search term: ${rest.slice(at).trim()}. It knows {namespace,dimensions} and terms that are joined by AND.`,
            );
        }
        const [, property, quotedValue, word] = found;
        const value = quotedValue ?? word!;
        if (property?.toLowerCase() === "namespace") namespace = value;
        else terms.push(property === undefined ? { value } : { property, value });
    }
    return { namespace, schema: names?.slice(1), terms };
}
