/** The Lambda's entry. */
export function createHandler(): (event: unknown) => Promise<unknown> {
    return (event) => Promise.resolve(event);
}
