package io.holdfast.platform.rest;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.UUID;
import java.util.regex.Pattern;

/** The id under which one request stands in the logs of every service it touches (docs/rest-api.md). */
public final class RequestId {
    public static final String HEADER = "X-Request-Id";
    /** Key in the log context (MDC). */
    public static final String LOG_KEY = "requestId";

    private static final String PROPERTY = "holdfast.requestId";
    /** Narrow on purpose: the text goes into logs and headers as it came. */
    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private RequestId() {}

    /** The id the caller gave when it is 1 to 64 characters of {@code [A-Za-z0-9._-]}, else a new one. */
    static String takeOverOrMake(String given) {
        return given != null && ALLOWED.matcher(given).matches()
                ? given
                : UUID.randomUUID().toString();
    }

    /** The id of a request; made now when no filter has seen the request before it failed. */
    public static String of(ContainerRequestContext request) {
        if (request.getProperty(PROPERTY) instanceof String known) {
            return known;
        }
        String id = takeOverOrMake(request.getHeaderString(HEADER));
        request.setProperty(PROPERTY, id);
        return id;
    }
}
