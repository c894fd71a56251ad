package io.holdfast.recoveryplan.adapter.hook;

import io.holdfast.kernel.error.HoldfastException;
import io.holdfast.recoveryplan.run.HookError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Secrets as files, one each, as Kubernetes and systemd hand them over; links are followed, because they use them. Read anew each time: they rotate. */
record Secrets(Optional<Path> directory) {
    private static final int MOST_BYTES = 8 << 10;

    /** @throws HoldfastException {@code HOOK_NOT_ALLOWED}, never with anything of the content */
    String read(String name) {
        try {
            Path file = directory
                    .orElseThrow(() -> notAllowed("holdfast.recovery-plan.hooks.secret-directory is not set"))
                    .resolve(name);
            if (Files.size(file) > MOST_BYTES) {
                throw notAllowed("the secret '%s' has more than %d bytes".formatted(name, MOST_BYTES));
            }
            String content = Files.readString(file).strip();
            if (content.isEmpty() || content.chars().anyMatch(c -> c < ' ' || c > '~')) {
                throw notAllowed("the secret '%s' is not one line of ASCII characters".formatted(name));
            }
            return content;
        } catch (IOException unreadable) {
            throw notAllowed("the secret '%s' cannot be read".formatted(name));
        }
    }

    private static HoldfastException notAllowed(String message) {
        return new HoldfastException(HookError.HOOK_NOT_ALLOWED, message);
    }
}
