package io.holdfast.recoveryplan.adapter.http;

import io.holdfast.kernel.error.Blame;
import io.holdfast.kernel.error.ErrorCode;
import java.util.Arrays;

/** A code that another part answered with, passed on as it is: what it means is documented there. */
public record RemoteError(String name, Blame blame) implements ErrorCode {

    public static RemoteError of(String code, int httpStatus) {
        Blame blame = Arrays.stream(Blame.values())
                .filter(candidate -> candidate.httpStatus() == httpStatus)
                .findFirst()
                .orElse(Blame.INTERNAL);
        return new RemoteError(code, blame);
    }
}
