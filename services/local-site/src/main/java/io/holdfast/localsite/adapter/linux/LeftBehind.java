package io.holdfast.localsite.adapter.linux;

import io.holdfast.localsite.adapter.json.SiteState;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Ends the parts of a site that ended without stopping them. Only processes that are provably those parts. */
public final class LeftBehind {
    private static final long LIMIT_SECONDS = 5;

    private LeftBehind() {}

    /** Kills the recorded parts that still run; pid and start time must both match. Returns their names. */
    public static List<String> end(SiteState recorded) {
        return recorded.parts().stream()
                .filter(part -> part.pid() > 1)
                .filter(LeftBehind::killed)
                .map(SiteState.PartEntry::name)
                .toList();
    }

    private static boolean killed(SiteState.PartEntry part) {
        Optional<ProcessHandle> handle = new ProcessIdentity(part.pid(), part.startTicks()).handle();
        handle.ifPresent(process -> {
            process.destroyForcibly();
            process.onExit()
                    .completeOnTimeout(process, LIMIT_SECONDS, TimeUnit.SECONDS)
                    .join();
        });
        return handle.isPresent();
    }
}
