package io.holdfast.recoveryplan.plan;

/**
 * One broken rule of a request.
 *
 * @param field path from the root of the request, such as {@code groups[1].dependsOn[0]}
 * @param message what is wrong and what is allowed, for a person
 */
public record Violation(String field, String message) {}
