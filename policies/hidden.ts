/**
 * Judge of what a component hides from policies by its own ignoreChanges.
 *
 * Pulumi puts the last deployment's value in the place of each argument that they name, and shows that to policies. The component itself has
 * made its resources from what the program says now: the option reaches none of them.
 */
import { firstKeyOf, type ResourceView } from "./resources";
import { type Verdict, violation } from "./verdict";

/** Arguments that no policy judges. */
const unjudged = ["tags", "dashboard", "alarms", "notifications"];

/** The verdict on a component whose arguments policies are shown as the program gives them. */
export function ifShown({ name, ignoreChanges }: ResourceView, judge: () => Verdict): Verdict {
    const hidden = ignoreChanges.filter((path) => !unjudged.includes(firstKeyOf(path)));
    if (hidden.length === 0) return judge();
    const named = hidden.join(" and ");
    return violation(
        `ignoreChanges of ${name} names ${named}, so that policies are shown what the last deployment was given, not what this one deploys.`,
        `Take ${named} out of its ignoreChanges: of a component it reaches none of the resources inside.`,
    );
}
