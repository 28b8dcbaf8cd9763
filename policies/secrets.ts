/**
 * Verdicts and remedies that show no secret: what a policy says of a resource, or writes into it, is found again without its secrets, as if a
 * preview did not know them.
 */
import { type Judgement } from "./matches";
import { type Change } from "./remedies";
import { isRecord, type ResourceView, Unknown } from "./resources";
import { orNotKnown, type Verdict, violation } from "./verdict";

/** Whether anything of a resource is secret, or of the ShardedStream that it belongs to. */
function hasSecrets(view: ResourceView): boolean {
    return secretsOf(view).length > 0;
}

/** The resource with a mark in the place of each secret. */
export function withoutSecrets(view: ResourceView): ResourceView {
    if (!hasSecrets(view)) return view;
    const { secrets = [], component } = view;
    const props = marked(view.props, secrets, "") as ResourceView["props"];
    return { ...view, props, ...(component && { component: withoutSecrets(component) }) };
}

function marked(value: unknown, secrets: readonly string[], path: string): unknown {
    if (secrets.includes(path)) return new Unknown(path);
    if (!isRecord(value)) return value;
    const entries = Object.entries(value).map(
        ([key, held]) => [key, marked(held, secrets, path === "" ? key : `${path}.${key}`)] as const,
    );
    return Array.isArray(value) ? entries.map(([, held]) => held) : Object.fromEntries(entries);
}

/**
 * A verdict whose words follow from no secret; that there is a violation does.
 *
 * @param judged the URN of the resource that it is about
 * @param views the resources that were judged, as far as their secrets may have counted
 * @param judgeOpen the same judge, of the same resources without their secrets
 */
export function withoutValues(
    verdict: Verdict,
    judged: string,
    views: readonly ResourceView[],
    judgeOpen: () => Verdict | undefined,
): Verdict {
    if (verdict.verdict !== "violation" || !views.some(hasSecrets)) return verdict;
    const open = judgeOpen();
    return open?.verdict === "violation" ? open : unshown(judged, views);
}

/** All that may have counted: which of them did would tell something of their values. */
function unshown(judged: string, views: readonly ResourceView[]): Verdict {
    const named = views.flatMap((view) =>
        secretsOf(view).map((path) => (view.urn === judged ? path : `${path} of ${view.name}`)),
    );
    const secrets = [...new Set(named)].join(", ");
    return violation(
        `What violates this policy follows from secrets (${secrets}), so it is not shown.`,
        "Preview with plain values in their place to see it, and the smallest change that passes.",
    );
}

function secretsOf({ secrets = [], component }: ResourceView): readonly string[] {
    return [...secrets, ...(component === undefined ? [] : secretsOf(component))];
}

/** What is said of the resources of a stack, in words that follow from no secret of any of them. */
export function stackWithoutValues(
    judge: (views: readonly ResourceView[]) => readonly Judgement[],
    views: readonly ResourceView[],
): readonly Judgement[] {
    let open: readonly Judgement[] | undefined;
    const judgeOpen = (judged: string) => {
        open ??= judge(views.map(withoutSecrets));
        return open.find(({ urn, verdict }) => urn === judged && verdict.verdict === "violation")?.verdict;
    };
    const judged = judge(views);
    // Of each violation of a large stack again, this would take as long as judging it.
    if (!views.some(hasSecrets)) return judged;
    return judged.map(({ urn, verdict }) => ({
        urn,
        verdict: withoutValues(verdict, urn, views, () => judgeOpen(urn)),
    }));
}

/**
 * The changes of a resource that write no value which follows from a secret: it would stand in the preview and in the state as it is. What is
 * changed may be one itself.
 */
export function changesWithoutValues(
    changesOf: (view: ResourceView) => readonly Change[],
    view: ResourceView,
): readonly Change[] {
    return certain(changesOf, view).filter(({ path, value }) => {
        if (value === undefined || !hasSecrets(view)) return true;
        const at = path.join(".");
        const others = (view.secrets ?? []).filter((secret) => secret !== at);
        const open = certain(changesOf, withoutSecrets({ ...view, secrets: others }));
        return open.some((change) => change.path.join(".") === at && change.value === value);
    });
}

/** Where a value that the preview does not know counts, nothing is certain. */
function certain(changesOf: (view: ResourceView) => readonly Change[], view: ResourceView): readonly Change[] {
    return orNotKnown(() => changesOf(view)) ?? [];
}
