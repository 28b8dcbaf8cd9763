/**
 * Names of children that end in what a program chose. Pulumi tells resources apart by name, type and the types of what they are in, not by the
 * name of that: consumer `eu-billing` of `orders` and consumer `billing` of `orders-eu` would be one.
 */
import * as pulumi from "@pulumi/pulumi";
import { problem } from "../capacity/problems";
import { kindInProgram, nameInProgram, typesInProgram } from "./formerNames";
import { errorOf } from "./inputs";

/** The child of a component for an entry of one of its arguments. */
interface Child {
    readonly component: string;
    readonly entry: string;
}

/**
 * The name of a component's child that is called after an entry of an argument.
 *
 * @throws where another component of the program has such a child of that name: Pulumi's own message names neither of both
 */
export function childCalledAfter(component: pulumi.Resource, argument: string, entry: string): string {
    const child = { component: nameInProgram(component), entry };
    const name = `${child.component}-${entry}`;
    const other = sameChild(child, [typesInProgram(component), argument, name].join("::"));
    if (other.component === child.component) return name;
    const allowed = `another one, because its child ${name} has the name of that of ${JSON.stringify(other.entry)} of ${kindInProgram(component)} "${other.component}"`;
    const fix =
        "Give one of both components another name in the program, with its present one in the option aliases, or change one of both entries.";
    throw errorOf(component, [problem(argument, entry, allowed, fix)]);
}

/** The first of the program that was called so. Only a unit test has no stack, and may declare one component after the other under any name. */
function sameChild(child: Child, key: string): Child {
    const stack = pulumi.runtime.getStackResource();
    if (stack === undefined) return child;
    const children = childrenOf.get(stack) ?? new Map<string, Child>();
    childrenOf.set(stack, children);
    const first = children.get(key) ?? child;
    children.set(key, first);
    return first;
}

const childrenOf = new WeakMap<pulumi.Resource, Map<string, Child>>();
