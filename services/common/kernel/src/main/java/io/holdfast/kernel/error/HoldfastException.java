package io.holdfast.kernel.error;

import java.util.Map;
import java.util.Objects;

/**
 * A failure with a stable {@link ErrorCode}.
 *
 * <p>The message is one sentence for a person: what happened, to which thing, and what is allowed or comes next. The
 * details are the same facts for a program. Neither ever holds payload bytes or secrets.
 */
public final class HoldfastException extends RuntimeException {
    private final transient ErrorCode code;
    private final transient Map<String, Object> details;

    public HoldfastException(ErrorCode code, String message) {
        this(code, message, Map.of(), null);
    }

    public HoldfastException(ErrorCode code, String message, Throwable cause) {
        this(code, message, Map.of(), cause);
    }

    public HoldfastException(ErrorCode code, String message, Map<String, Object> details) {
        this(code, message, details, null);
    }

    public HoldfastException(ErrorCode code, String message, Map<String, Object> details, Throwable cause) {
        super(message, cause);
        this.code = Objects.requireNonNull(code, "code");
        this.details = Map.copyOf(details);
    }

    public ErrorCode code() {
        return code;
    }

    /** Facts by name, for programs; never null, may be empty. */
    public Map<String, Object> details() {
        return details;
    }

    @Override
    public String toString() {
        return code.name() + ": " + getMessage();
    }
}
