/**
 * What is found out once of each thing and kept as long as that is there: every stream of a stack asks every alarm, and a fleet has many of both.
 */
export function onceOfEach<Thing extends object, Found>(find: (thing: Thing) => Found): (thing: Thing) => Found {
    const found = new WeakMap<Thing, { readonly value: Found }>();
    return (thing) => {
        const known = found.get(thing) ?? { value: find(thing) };
        found.set(thing, known);
        return known.value;
    };
}
