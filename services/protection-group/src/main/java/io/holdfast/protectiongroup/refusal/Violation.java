package io.holdfast.protectiongroup.refusal;

/**
 * One broken rule of a request.
 *
 * @param field path in the request body, such as {@code objectives.history}
 * @param message what is wrong, and what is allowed
 */
public record Violation(String field, String message) {}
