package io.holdfast.platform.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * Body of every error reply, {@code application/problem+json} (RFC 9457, docs/rest-api.md).
 *
 * @param type {@code urn:holdfast:error:<code>}
 * @param title the code in words
 * @param detail one sentence for a person
 * @param code stable
 * @param instance path of the request
 * @param violations what is wrong with the request, field by field; left out when empty
 */
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@JsonPropertyOrder({"type", "title", "status", "detail", "code", "instance", "requestId", "violations"})
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        String code,
        String instance,
        String requestId,
        List<Violation> violations) {
    public static final String MEDIA_TYPE = "application/problem+json";

    static Problem of(
            String code, int status, String detail, String instance, String requestId, List<Violation> violations) {
        String words = code.toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
        String title = Character.toUpperCase(words.charAt(0)) + words.substring(1);
        return new Problem("urn:holdfast:error:" + code, title, status, detail, code, instance, requestId, violations);
    }
}
